// title: Results that disagree
// description: Levels of one thing on one dataset by one metric, under one condition, that differ between two papers, by how much; the widest apart first.
// parameter: dataset | dataset | "" | ImageNet | Only results on this dataset; empty for all
// parameter: name | entity | "" | BERT | Only results of this thing; empty for all
// columns: name, dataset, metric, condition, difference, low, low_paper, high, high_paper, low_sentence, high_sentence
MATCH (s:Entity)<-[:OF_SUBJECT]-(a:Result)-[:ON_DATASET]->(d:Dataset)
WHERE a.kind = 'absolute' AND a.value IS NOT NULL AND ($dataset = '' OR $dataset IN d.keys) AND ($name = '' OR $name IN s.keys)
MATCH (a)-[:BY_METRIC]->(m:Metric)
MATCH (s)<-[:OF_SUBJECT]-(b:Result)-[:ON_DATASET]->(d)
WHERE b.kind = 'absolute' AND b.value > a.value AND coalesce(a.condition, '') = coalesce(b.condition, '')
  AND CASE WHEN coalesce(a.unit, '') IN ['', '%', 'points'] THEN '' ELSE a.unit END
    = CASE WHEN coalesce(b.unit, '') IN ['', '%', 'points'] THEN '' ELSE b.unit END
MATCH (b)-[:BY_METRIC]->(m)
MATCH (p:Paper)-[:STATES]->(a)
MATCH (q:Paper)-[:STATES]->(b)
WHERE q.id <> p.id
RETURN s.name AS name, d.name AS dataset, m.name AS metric, coalesce(a.condition, '') AS condition,
       round((b.value - a.value) * 1000000) / 1000000 AS difference, a.printed + coalesce(' ' + a.unit, '') AS low, p.title AS low_paper,
       b.printed + coalesce(' ' + b.unit, '') AS high, q.title AS high_paper, a.sentence AS low_sentence, b.sentence AS high_sentence
ORDER BY difference DESC, name, dataset, metric, condition, low_paper, high_paper, low, high, low_sentence, high_sentence
