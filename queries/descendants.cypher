// title: What grew out of a thing
// description: What builds on the thing of this name, is a kind or a part of it, up to 4 steps on, each with the fewest steps that reach it.
// parameter: name | entity | required | BERT | The name or any alias
// parameter: most | integer | 500 | 5000 | How many, the nearest first
// columns: name, descendant, type, steps
MATCH (x:Entity) WHERE $name IN x.keys
CALL {
  WITH x MATCH (d:Entity)-[:BASED_ON|SUBCLASS_OF|PART_OF]->(x) RETURN DISTINCT d.id AS reached, d.name AS descendant, d.label AS type, 1 AS n
  UNION ALL
  WITH x MATCH (d:Entity)-[:BASED_ON|SUBCLASS_OF|PART_OF*1..2]->(x) RETURN DISTINCT d.id AS reached, d.name AS descendant, d.label AS type, 2 AS n
  UNION ALL
  WITH x MATCH (d:Entity)-[:BASED_ON|SUBCLASS_OF|PART_OF*1..3]->(x) RETURN DISTINCT d.id AS reached, d.name AS descendant, d.label AS type, 3 AS n
  UNION ALL
  WITH x MATCH (d:Entity)-[:BASED_ON|SUBCLASS_OF|PART_OF*1..4]->(x) RETURN DISTINCT d.id AS reached, d.name AS descendant, d.label AS type, 4 AS n
}
WITH x.id AS id, x.name AS name, reached, descendant, type, min(n) AS steps
WHERE reached <> id
RETURN name, descendant, type, steps
ORDER BY steps, descendant, type, name LIMIT $most
