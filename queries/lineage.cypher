// title: Lineage of a method
// description: What a thing builds on or is a kind of, up to 4 steps back, each with the fewest steps that reach it.
// parameter: name | entity | required | BERT | The name or any alias
// columns: name, ancestor, type, steps
MATCH (x:Entity) WHERE $name IN x.keys
MATCH path = (x)-[:BASED_ON|SUBCLASS_OF*1..4]->(a:Entity)
WHERE a.id <> x.id
WITH x, a, min(length(path)) AS steps
RETURN x.name AS name, a.name AS ancestor, a.label AS type, steps
ORDER BY name, steps, ancestor, type
