// title: Leaderboard of a dataset
// description: Reported levels on a dataset, best first by the metric's direction (higher is assumed where it is not known), with the sentence; other units apart.
// parameter: dataset | dataset | required | ImageNet | The dataset's name or alias
// parameter: metric | metric | "" | accuracy | A metric's name or alias; empty for all metrics
// columns: dataset, metric, better, subject, value, printed, unit, paper, year, sentence
MATCH (d:Dataset) WHERE $dataset IN d.keys
MATCH (p:Paper)-[:STATES]->(r:Result)-[:ON_DATASET]->(d)
WHERE r.kind = 'absolute' AND r.value IS NOT NULL
MATCH (r)-[:BY_METRIC]->(m:Metric)
WHERE $metric = '' OR $metric IN m.keys
OPTIONAL MATCH (r)-[:OF_SUBJECT]->(s:Entity)
WITH d, m, r, p, s, CASE WHEN coalesce(r.unit, '') IN ['', '%', 'points'] THEN '' ELSE r.unit END AS scale,
     CASE WHEN r.better = 'lower' THEN r.value ELSE -r.value END AS rank
RETURN d.name AS dataset, m.name AS metric, r.better AS better, coalesce(s.name, '') AS subject, r.value AS value,
       r.printed AS printed, coalesce(r.unit, '') AS unit, p.title AS paper, p.year AS year, r.sentence AS sentence
ORDER BY dataset, metric, scale, rank, subject, paper, sentence
