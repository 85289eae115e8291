// title: Papers that introduce a thing
// description: Which papers propose, present, release or build the thing of this name, and the sentence that says so.
// parameter: name | entity | required | LoRA | The name or any alias, in any case
// columns: name, type, paper, year, confidence, sentence
MATCH (e:Entity) WHERE $name IN e.keys
MATCH (p:Paper)-[r:INTRODUCES]->(e)
UNWIND r.sentences AS sentence
RETURN e.name AS name, e.label AS type, p.title AS paper, p.year AS year, r.confidence AS confidence, sentence
ORDER BY confidence DESC, name, type, paper, sentence
