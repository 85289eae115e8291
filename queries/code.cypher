// title: Where the code is
// description: Code of the papers that introduce, use, evaluate on or compare with the thing of this name.
// parameter: name | entity | required | BERT | The name or any alias
// columns: name, type, role, paper, year, code
MATCH (e:Entity) WHERE $name IN e.keys
MATCH (p:Paper)-[r:INTRODUCES|USES|EVALUATES_ON|COMPARES_WITH]->(e)
UNWIND p.code AS code
RETURN e.name AS name, e.label AS type, type(r) AS role, p.title AS paper, coalesce(p.year, 0) AS year, code
ORDER BY role, year, paper, name, type, code
