// title: What nobody has tried together
// description: Of the models and methods and the datasets that most papers have, pairs that no paper here has both of; the best known first.
// parameter: task | task | "" | question answering | Only papers on this task, for what most have; empty for all
// parameter: most | integer | 30 | 50 | How many models and methods, and how many datasets, to pair
// columns: name, type, dataset, name_papers, dataset_papers
MATCH (q:Paper)-[:INTRODUCES|USES|EVALUATES_ON]->(d:Dataset)
WHERE $task = '' OR EXISTS { MATCH (q)-[:ADDRESSES]->(t:Task) WHERE $task IN t.keys }
WITH d, count(DISTINCT q) AS papers
ORDER BY papers DESC, d.name, d.id LIMIT $most
WITH collect([d.id, d.name, papers]) AS datasets
MATCH (p:Paper)-[:INTRODUCES|USES|COMPARES_WITH]->(m:Entity)
WHERE m.label IN ['Model', 'Method'] AND ($task = '' OR EXISTS { MATCH (p)-[:ADDRESSES]->(t:Task) WHERE $task IN t.keys })
WITH datasets, m, count(DISTINCT p) AS papers
ORDER BY papers DESC, m.name, m.id LIMIT $most
UNWIND datasets AS found
MATCH (d:Dataset {id: found[0]})
WHERE NOT EXISTS { MATCH (m)<-[:INTRODUCES|USES|COMPARES_WITH]-(:Paper)-[:INTRODUCES|USES|EVALUATES_ON]->(d) }
RETURN m.name AS name, m.label AS type, d.name AS dataset, papers AS name_papers, found[2] AS dataset_papers
ORDER BY name_papers * dataset_papers DESC, name_papers DESC, name, type, dataset
