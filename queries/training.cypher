// title: What a model is made of and judged by
// description: What the thing of this name was trained on, builds on, and was evaluated on.
// parameter: name | entity | required | BERT | The name or any alias
// columns: name, statement, other, type, papers, confidence
MATCH (x:Entity) WHERE $name IN x.keys
MATCH (x)-[r:TRAINED_ON|BASED_ON|EVALUATED_ON]->(o:Entity)
RETURN x.name AS name, type(r) AS statement, o.name AS other, o.label AS type, r.papers AS papers, r.confidence AS confidence
ORDER BY statement, papers DESC, confidence DESC, other, type, name
