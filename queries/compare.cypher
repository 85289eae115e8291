// title: Papers side by side
// description: What each of these papers addresses, introduces, uses, evaluates on, compares with, reports and measures; what they share comes first.
// parameter: papers | papers | required | 2310.01234; BERT: Pre-training of Deep Bidirectional Transformers | Ids, identifiers or titles, with ; between them
// columns: aspect, thing, type, shared, paper, year, value
MATCH (p:Paper) WHERE any(key IN p.keys WHERE key IN $papers)
MATCH (p)-[r:ADDRESSES|INTRODUCES|USES|EVALUATES_ON|COMPARES_WITH|REPORTS|STATES]->(x)
OPTIONAL MATCH (x)-[:OF_SUBJECT]->(s)
OPTIONAL MATCH (x)-[:ON_DATASET]->(d)
OPTIONAL MATCH (x)-[:BY_METRIC]->(m)
WITH p, type(r) AS aspect, x.label AS type,
     CASE WHEN x.label <> 'Result' THEN x.name ELSE coalesce(m.name, '?') + coalesce(' on ' + d.name, '') END AS thing,
     CASE WHEN x.label <> 'Result' THEN '' ELSE coalesce(s.name + ': ', '') + x.printed + coalesce(' ' + x.unit, '') END AS value
WITH aspect, thing, type, count(DISTINCT p.id) AS shared, collect(DISTINCT [p.id, p.title, coalesce(p.year, 0), value]) AS held
UNWIND held AS one
RETURN aspect, thing, type, shared, one[1] AS paper, one[2] AS year, one[3] AS value
ORDER BY aspect, shared DESC, thing, type, paper, value
