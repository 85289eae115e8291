// title: Everything the graph says about a thing
// description: Each statement with the thing of this name at either end, with paper and sentence, best supported first.
// parameter: name | entity | required | ImageNet | The name or any alias
// parameter: most | integer | 1000 | 50 | How many sentences
// columns: name, type, direction, statement, other, confidence, papers, paper, sentence
MATCH (e:Entity) WHERE $name IN e.keys
MATCH (e)-[r]-(o)
WHERE r.sentences IS NOT NULL
UNWIND range(0, size(r.sentences) - 1) AS i
MATCH (p:Paper {id: r.paper_ids[i]})
RETURN e.name AS name, e.label AS type, CASE WHEN startNode(r).id = e.id THEN 'out' ELSE 'in' END AS direction, type(r) AS statement,
       CASE WHEN o.label = 'Paper' THEN o.title ELSE o.name END AS other, r.confidence AS confidence, r.papers AS papers,
       p.title AS paper, r.sentences[i] AS sentence
ORDER BY papers DESC, confidence DESC, statement, direction, other, name, type, paper, sentence
LIMIT $most
