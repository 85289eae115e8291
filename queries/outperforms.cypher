// title: What outperforms a thing
// description: Models and methods stated to beat the one of this name, with paper and sentence.
// parameter: name | entity | required | BERT | The name or any alias of the one that is beaten
// columns: winner, type, loser, confidence, papers, paper, sentence
MATCH (x:Entity) WHERE $name IN x.keys
MATCH (w:Entity)-[r:OUTPERFORMS]->(x)
UNWIND range(0, size(r.sentences) - 1) AS i
MATCH (p:Paper {id: r.paper_ids[i]})
RETURN w.name AS winner, w.label AS type, x.name AS loser, r.confidence AS confidence, r.papers AS papers, p.title AS paper,
       r.sentences[i] AS sentence
ORDER BY confidence DESC, winner, type, loser, paper, sentence
