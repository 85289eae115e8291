// title: What nobody has tried together
// description: Of the models and methods and the datasets that most papers have, pairs that no paper here has both of; the best known first.
// parameter: task | task | "" | question answering | Only papers on this task, for what most have; empty for all
// parameter: most | integer | 30 | 50 | How many models and methods, and how many datasets, to pair
// columns: name, type, dataset, name_papers, dataset_papers
MATCH (p:Paper)
WHERE $task = '' OR EXISTS { MATCH (p)-[:ADDRESSES]->(t:Task) WHERE $task IN t.keys }
MATCH (p)-[:INTRODUCES|USES|EVALUATES_ON]->(d:Dataset)
WITH d.id AS id, d.name AS dataset, count(DISTINCT p.id) AS papers
ORDER BY papers DESC, dataset, id LIMIT $most
OPTIONAL MATCH (:Dataset {id: id})<-[:INTRODUCES|USES|EVALUATES_ON]-(:Paper)-[:INTRODUCES|USES|COMPARES_WITH]->(m:Entity)
WITH id, dataset, papers, collect(DISTINCT m.id) AS tried
WITH collect([dataset, papers, tried]) AS datasets
CALL {
  MATCH (p:Paper)
  WHERE $task = '' OR EXISTS { MATCH (p)-[:ADDRESSES]->(t:Task) WHERE $task IN t.keys }
  MATCH (p)-[:INTRODUCES|USES|COMPARES_WITH]->(m:Entity)
  WHERE m.label IN ['Model', 'Method']
  WITH m.id AS id, m.name AS name, m.label AS type, count(DISTINCT p.id) AS papers
  ORDER BY papers DESC, name, id LIMIT $most
  RETURN id, name, type, papers
}
WITH name, type, papers, [one IN datasets WHERE NOT id IN one[2] | [one[0], one[1]]] AS untried
UNWIND untried AS one
RETURN name, type, one[0] AS dataset, papers AS name_papers, one[1] AS dataset_papers
ORDER BY name_papers * dataset_papers DESC, name_papers DESC, name, type, dataset
