// title: What papers cite, and what cites them
// description: The papers of the graph on both sides of these papers' references, as the sources of the papers list them.
// parameter: papers | papers | required | 1706.03762 | Ids, identifiers or titles, with ; between them
// columns: paper, direction, other, year, citations, id
MATCH (p:Paper) WHERE any(key IN p.keys WHERE key IN $papers)
MATCH (p)-[r:CITES]-(o:Paper)
RETURN p.title AS paper, CASE WHEN startNode(r).id = p.id THEN 'cites' ELSE 'cited by' END AS direction, o.title AS other,
       coalesce(o.year, 0) AS year, coalesce(o.citations, 0) AS citations, o.id AS id
ORDER BY paper, direction, year, other, id
