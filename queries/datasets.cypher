// title: Datasets most used
// description: How many papers introduce, use or evaluate on each dataset; with a task, only papers that address it.
// parameter: task | task | "" | machine translation | A task's name or alias; empty for all papers
// columns: dataset, papers, id
MATCH (d:Dataset)<-[:INTRODUCES|USES|EVALUATES_ON]-(p:Paper)
WHERE $task = '' OR EXISTS { MATCH (p)-[:ADDRESSES]->(t:Task) WHERE $task IN t.keys }
WITH d, count(DISTINCT p) AS papers
RETURN d.name AS dataset, papers, d.id AS id
ORDER BY papers DESC, dataset, id
