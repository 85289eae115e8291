// title: What grew out of a thing
// description: What builds on the thing of this name, is a kind or a part of it, up to 4 steps on, each with the fewest steps that reach it.
// parameter: name | entity | required | BERT | The name or any alias
// columns: name, descendant, type, steps
MATCH (x:Entity) WHERE $name IN x.keys
MATCH path = (d:Entity)-[:BASED_ON|SUBCLASS_OF|PART_OF*1..4]->(x)
WHERE d.id <> x.id
WITH x, d, min(length(path)) AS steps
RETURN x.name AS name, d.name AS descendant, d.label AS type, steps
ORDER BY name, steps, descendant, type
