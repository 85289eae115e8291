// title: Statements to look at
// description: Relations that rest on one sentence of one paper and are less sure than this, the least sure first.
// parameter: below | number | 0.5 | 0.4 | Only relations with less confidence, from 0 to 1
// parameter: most | integer | 100 | 500 | How many relations
// columns: source, statement, target, confidence, paper, sentence
MATCH (a:Entity)-[r]->(b:Entity)
WHERE r.confidence < $below AND r.papers = 1 AND size(r.sentences) = 1
WITH a.name AS source, type(r) AS statement, b.name AS target, r.confidence AS confidence, r.sentences[0] AS sentence, r.paper_ids[0] AS id
ORDER BY confidence, source, statement, target, id LIMIT $most
MATCH (p:Paper {id: id})
RETURN source, statement, target, confidence, p.title AS paper, sentence
ORDER BY confidence, source, statement, target, paper
