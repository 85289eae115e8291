// title: Who introduces a thing, and who uses it
// description: Papers by what they do with the thing of this name: introduce, use, evaluate on, address, compare with, report or only mention it.
// parameter: name | entity | required | BERT | The name or any alias
// columns: name, type, role, paper, year, confidence
MATCH (e:Entity) WHERE $name IN e.keys
MATCH (p:Paper)-[r]->(e)
RETURN e.name AS name, e.label AS type, type(r) AS role, p.title AS paper, coalesce(p.year, 0) AS year, r.confidence AS confidence
ORDER BY role, year, paper, name, type
