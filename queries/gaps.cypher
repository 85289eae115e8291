// title: What nobody has tried together
// description: Of the models and methods and the datasets that most papers work with, pairs that no paper here works with both of; the best known first.
// parameter: task | task | "" | question answering | Only papers on this task, for what most work with; empty for all
// parameter: most | integer | 30 | 50 | How many models and methods, and how many datasets, to pair
// columns: name, type, dataset, name_papers, dataset_papers
CALL {
  MATCH (d:Dataset) WHERE $task = '' AND d.users > 0
  RETURN d.id AS id, d.name AS dataset, d.users AS papers
  UNION
  MATCH (t:Task) WHERE $task <> '' AND $task IN t.keys
  MATCH (t)<-[:ADDRESSES]-(p:Paper)-[:INTRODUCES|USES|EVALUATES_ON|COMPARES_WITH]->(d:Dataset)
  RETURN d.id AS id, d.name AS dataset, count(DISTINCT p.id) AS papers
}
WITH id, dataset, papers ORDER BY papers DESC, dataset, id LIMIT $most
OPTIONAL MATCH (:Dataset {id: id})<-[:INTRODUCES|USES|EVALUATES_ON|COMPARES_WITH]-(:Paper)-[:INTRODUCES|USES|EVALUATES_ON|COMPARES_WITH]->(m:Entity)
WITH id, dataset, papers, collect(DISTINCT m.id) AS tried
WITH collect([dataset, papers, tried]) AS datasets
CALL {
  CALL {
    MATCH (m:Entity) WHERE $task = '' AND m.label IN ['Model', 'Method'] AND m.users > 0
    RETURN m.id AS id, m.name AS name, m.label AS type, m.users AS papers
    UNION
    MATCH (t:Task) WHERE $task <> '' AND $task IN t.keys
    MATCH (t)<-[:ADDRESSES]-(p:Paper)-[:INTRODUCES|USES|EVALUATES_ON|COMPARES_WITH]->(m:Entity)
    WHERE m.label IN ['Model', 'Method']
    RETURN m.id AS id, m.name AS name, m.label AS type, count(DISTINCT p.id) AS papers
  }
  RETURN id, name, type, papers ORDER BY papers DESC, name, id LIMIT $most
}
WITH name, type, papers, [one IN datasets WHERE NOT id IN one[2] | [one[0], one[1]]] AS untried
UNWIND untried AS one
RETURN name, type, one[0] AS dataset, papers AS name_papers, one[1] AS dataset_papers
ORDER BY name_papers * dataset_papers DESC, name_papers DESC, name, type, dataset
