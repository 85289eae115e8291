// title: How two things are connected
// description: A shortest chain of statements from one thing to the other, step by step, with the sentence of each; up to 6 steps.
// parameter: from | entity | required | BERT | The name or any alias of the first thing
// parameter: to | entity | required | ImageNet | The name or any alias of the last thing
// columns: step, source, statement, target, papers, confidence, sentence
MATCH (a:Entity) WHERE $from IN a.keys
MATCH (b:Entity) WHERE $to IN b.keys AND b.id <> a.id
MATCH path = allShortestPaths((a)-[:USED_FOR|EVALUATED_ON|TRAINED_ON|BASED_ON|PART_OF|SUBCLASS_OF|BENCHMARK_FOR|COMPARED_WITH|OUTPERFORMS*..6]-(b))
WITH length(path) AS steps, [n IN nodes(path) | n.name] AS names, [n IN nodes(path) | n.id] AS ids,
     [r IN relationships(path) | type(r)] AS statements, [r IN relationships(path) | startNode(r).id] AS origins,
     [r IN relationships(path) | r.papers] AS papers, [r IN relationships(path) | r.confidence] AS confidences,
     [r IN relationships(path) | r.sentences[0]] AS sentences
ORDER BY steps, names, statements, ids, origins LIMIT 1
UNWIND range(0, steps - 1) AS i
RETURN i + 1 AS step, CASE WHEN origins[i] = ids[i] THEN names[i] ELSE names[i + 1] END AS source, statements[i] AS statement,
       CASE WHEN origins[i] = ids[i] THEN names[i + 1] ELSE names[i] END AS target, papers[i] AS papers,
       confidences[i] AS confidence, sentences[i] AS sentence
ORDER BY step
