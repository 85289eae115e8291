// title: What has been evaluated on a dataset
// description: Models and methods stated to be evaluated on the dataset of this name, the best supported first.
// parameter: dataset | dataset | required | ImageNet | The dataset's name or alias
// columns: dataset, name, type, papers, confidence, id
MATCH (d:Dataset) WHERE $dataset IN d.keys
MATCH (m:Entity)-[r:EVALUATED_ON]->(d)
RETURN d.name AS dataset, m.name AS name, m.label AS type, r.papers AS papers, r.confidence AS confidence, m.id AS id
ORDER BY papers DESC, confidence DESC, name, type, id
