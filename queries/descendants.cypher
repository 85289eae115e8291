// title: What grew out of a thing
// description: What builds on the thing of this name, is a kind or a part of it, up to 4 steps on, each with the fewest steps that reach it.
// parameter: name | entity | required | BERT | The name or any alias
// columns: name, descendant, type, steps
MATCH (x:Entity) WHERE $name IN x.keys
MATCH (d:Entity)-[links:BASED_ON|SUBCLASS_OF|PART_OF*1..4]->(x)
WHERE d.id <> x.id
WITH x.id AS id, x.name AS name, d.id AS descendant_id, d.name AS descendant, d.label AS type, min(size(links)) AS steps
RETURN name, descendant, type, steps
ORDER BY name, steps, descendant, type
