"""A made-up sample of each input format, in our own words, with the papers that it holds."""

from __future__ import annotations

import io
import json

ABSTRACT = "We tie the length of a proof to the width of its search, and show that the bound holds for each tree that we tried."
TITLE = "Searching Wide and Deep"

OAI = f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>
<record><header><identifier>oai:arXiv.org:0704.0001</identifier></header><metadata>
 <arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>0704.0001</id><created>2007-04-02</created>
 <authors><author><keyname>Ito</keyname><forenames>Aya</forenames><affiliation>Lake Lab</affiliation></author>
 <author><keyname>Okoro</keyname><forenames>Ben</forenames><suffix>Jr</suffix></author></authors>
 <title>{TITLE}</title><categories>cs.AI cs.LO</categories><comments>9 pages. Code: https://github.com/ito/wide</comments>
 <journal-ref>J. Trees 3 (2008) 1-9</journal-ref><doi>10.5555/JT.3.1</doi><license>http://creativecommons.org/licenses/by/4.0/</license>
 <abstract>  {ABSTRACT[:60]}
{ABSTRACT[60:]}</abstract></arXiv></metadata></record>
<record><header status="deleted"><identifier>oai:arXiv.org:0704.0002</identifier></header></record>
<record><header/><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>0704.0003</id>
 <version version="v1"><date>Mon, 2 Apr 2007 19:18:42 GMT</date></version><version version="v2"><date>Tue, 24 Jul 2007 20:10:27 GMT</date></version>
 <title>A Second One</title><authors>Aya Ito, Ben Okoro and Cleo Ruiz</authors><categories>cs.CL</categories><abstract>{ABSTRACT}</abstract>
</arXivRaw></metadata></record>
<record><header/><metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <dc:title>A Third One</dc:title><dc:creator>Ruiz, Cleo</dc:creator><dc:subject>Logic</dc:subject><dc:description>{ABSTRACT}</dc:description>
 <dc:date>2007-05-01</dc:date><dc:identifier>http://arxiv.org/abs/0704.0004</dc:identifier><dc:identifier>doi:10.5555/x.4</dc:identifier>
</oai_dc:dc></metadata></record>
</ListRecords></OAI-PMH>
"""

SNAPSHOT = "".join(
    json.dumps(row) + "\n"
    for row in (
        {
            "id": "0704.0001", "submitter": "Aya Ito", "authors": "Aya Ito, Ben Okoro", "title": "Searching Wide\n  and Deep",
            "comments": "see https://github.com/ito/wide", "journal-ref": "J. Trees 3", "doi": "10.5555/JT.3.1", "report-no": None,
            "categories": "cs.AI cs.LO", "license": "http://creativecommons.org/licenses/by/4.0/", "abstract": f"  {ABSTRACT}\n",
            "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}, {"version": "v2", "created": "Tue, 24 Jul 2007 20:10:27 GMT"}],
            "update_date": "2008-11-26", "authors_parsed": [["Ito", "Aya", ""], ["Okoro", "Ben", "Jr"]],
        },
    )
)  # fmt: skip

JATS = f"""<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.2 20190208//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" article-type="research-article"><front>
<journal-meta><journal-title-group><journal-title>Journal of Trees</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="pmid">123</article-id><article-id pub-id-type="pmc">4567</article-id><article-id pub-id-type="doi">10.5555/JT.7</article-id>
<title-group><article-title>Searching <italic>Wide</italic> and Deep</article-title></title-group>
<contrib-group><contrib contrib-type="author"><contrib-id contrib-id-type="orcid">https://orcid.org/0000-0002-1825-0097</contrib-id>
<name><surname>Ito</surname><given-names>Aya</given-names></name><xref ref-type="aff" rid="a1"/></contrib>
<contrib contrib-type="editor"><name><surname>Nobody</surname><given-names>N.</given-names></name></contrib></contrib-group>
<aff id="a1"><label>1</label>Lake Lab, Otsu</aff>
<pub-date pub-type="collection"><year>2021</year></pub-date><pub-date pub-type="epub"><day>4</day><month>3</month><year>2021</year></pub-date>
<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>open</license-p></license></permissions>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<abstract><title>Abstract</title><sec><title>Aim</title><p>{ABSTRACT}</p></sec><sec><title>Result</title><p>It costs <inline-formula><alternatives>
<tex-math>\\documentclass{{minimal}}\\begin{{document}}$O(n)$\\end{{document}}</tex-math><mml:math><mml:mi>n</mml:mi></mml:math></alternatives></inline-formula> steps.</p></sec></abstract>
<kwd-group><kwd>trees</kwd><kwd>search</kwd></kwd-group></article-meta></front>
<body><p>A long body, which is not read: see <ext-link xlink:href="https://github.com/other/thing">there</ext-link>.</p></body>
<back><ref-list><ref id="r1"><element-citation><article-title>Another</article-title><pub-id pub-id-type="doi">10.5555/JT.1</pub-id></element-citation></ref></ref-list></back>
</article>
"""

PUBMED = f"""<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_240101.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID Version="1">321</PMID><Article PubModel="Print">
<Journal><JournalIssue><PubDate><Year>2019</Year><Month>Jul</Month></PubDate></JournalIssue><Title>Journal of Trees</Title></Journal>
<ArticleTitle>{TITLE}</ArticleTitle><Abstract><AbstractText Label="AIM">{ABSTRACT}</AbstractText>
<AbstractText Label="RESULT">It holds &eacute;ach time.</AbstractText><CopyrightInformation>© 2019 Trees.</CopyrightInformation></Abstract>
<AuthorList><Author><LastName>Ito</LastName><ForeName>Aya</ForeName><Identifier Source="ORCID">0000-0002-1825-0097</Identifier>
<AffiliationInfo><Affiliation>Lake Lab, Otsu.</Affiliation></AffiliationInfo></Author><Author><CollectiveName>The Tree Group</CollectiveName></Author></AuthorList>
<Language>eng</Language><ArticleDate DateType="Electronic"><Year>2019</Year><Month>06</Month><Day>30</Day></ArticleDate></Article>
<KeywordList Owner="NOTNLM"><Keyword>trees</Keyword></KeywordList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">321</ArticleId><ArticleId IdType="doi">10.5555/JT.9</ArticleId><ArticleId IdType="pmc">PMC99</ArticleId></ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="pubmed">123</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle></PubmedArticleSet>
"""

CSL = json.dumps(
    [
        {
            "id": "ito2020", "type": "article-journal", "title": TITLE, "abstract": f"<jats:title>Abstract</jats:title><jats:p>{ABSTRACT}</jats:p>",
            "author": [{"given": "Aya", "family": "Ito", "ORCID": "https://orcid.org/0000-0002-1825-0097", "affiliation": [{"name": "Lake Lab"}]},
                       {"literal": "The Tree Group"}],
            "container-title": "Journal of Trees", "issued": {"date-parts": [[2020, 5, 4]]}, "DOI": "10.5555/JT.5", "URL": "https://doi.org/10.5555/jt.5",
            "keyword": "trees, search", "is-referenced-by-count": 7, "reference": [{"DOI": "10.5555/JT.1", "key": "r1"}], "license": [{"URL": "https://l.org/x"}],
        },
    ],
    indent=2,
)  # fmt: skip

S2AG = json.dumps(
    {
        "corpusid": 77, "externalids": {"ACL": None, "DBLP": "journals/jt/Ito20", "ArXiv": "2001.00001", "MAG": "5", "CorpusId": "77", "PubMed": "9", "DOI": "10.5555/JT.5", "PubMedCentral": "12"},
        "url": "https://www.semanticscholar.org/paper/77", "title": TITLE, "authors": [{"authorId": "1", "name": "Aya Ito"}], "venue": "J. Trees", "year": 2020,
        "referencecount": 3, "citationcount": 5, "publicationdate": "2020-05-04", "journal": {"name": "Journal of Trees"},
    }
) + "\n"  # fmt: skip

OPENALEX = "".join(
    json.dumps(
        {
            "id": f"https://openalex.org/W{n}", "doi": f"https://doi.org/10.5555/JT.{n}", "title": TITLE if n == 1 else "A Second One", "publication_year": 2020, "publication_date": "2020-05-04",
            "ids": {"openalex": f"https://openalex.org/W{n}", "pmid": "https://pubmed.ncbi.nlm.nih.gov/9", "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/12"} if n == 1 else {},
            "language": "en", "primary_location": {"landing_page_url": "https://arxiv.org/abs/2001.00001", "pdf_url": "https://arxiv.org/pdf/2001.00001", "license": "cc-by", "source": {"display_name": "J. Trees"}},
            "authorships": [{"author": {"display_name": "Aya Ito", "orcid": "https://orcid.org/0000-0002-1825-0097"}, "institutions": [{"display_name": "Lake Lab"}]}],
            "cited_by_count": 5, "referenced_works": [f"https://openalex.org/W{3 - n}"], "keywords": [{"display_name": "Trees"}],
            "abstract_inverted_index": {"We": [0, 4], "show": [1], "it.": [2], "\n": [3]} if n == 1 else None,
        }
    ) + "\n"
    for n in (1, 2)
)  # fmt: skip

BIBTEX = r"""@string{jt = "Journal of Trees"}
% a remark
@article{ito2020,
  title = {Searching {Wide} and Deep: {\"U}ber die {B}{\'a}ume},
  author = {Ito, Aya and {Lake Lab Group} and van der Berg, J. and others},
  journal = jt, year = 2020, month = may,
  doi = {https://doi.org/10.5555/JT.5}, eprint = {2001.00001v2}, archiveprefix = {arXiv}, primaryclass = {cs.AI},
  keywords = {trees, search}, url = {https://github.com/ito/wide},
  abstract = {ABSTRACT It gains 8\% on \emph{all} -- the \texttt{MATH} set too.},
}
@misc{second, title = "A Second One", howpublished = {arXiv:2001.00002}, year = {2020}}
@comment{nothing}
""".replace("ABSTRACT", ABSTRACT)

RIS = f"""TY  - JOUR
T1  - {TITLE}
A1  - Ito, Aya
A1  - Okoro, Ben
JO  - Journal of Trees
Y1  - 2020/05/04/
DO  - 10.5555/JT.5
UR  - https://example.org/jt5
N2  - {ABSTRACT}
KW  - trees
KW  - search
ER  -

TY  - CONF
TI  - A Second One
AU  - Ito, Aya
PY  - 2021
"""

CSV = f'Document Title,Authors,Publication Year,Publication Title,Abstract,DOI,Article Citation Count\n"{TITLE}","A. Ito; B. Okoro",2020,J. Trees,"{ABSTRACT}\nIt has two lines.",10.5555/JT.5,3\n"A Second One",C. Ruiz,2021,,,,\n'
ATOM = f"""<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
<title>arXiv Query</title><entry><id>http://arxiv.org/abs/2001.00001v2</id><title>{TITLE}</title><summary>{ABSTRACT}</summary><published>2020-01-01T00:00:00Z</published>
<author><name>Aya Ito</name><arxiv:affiliation>Lake Lab</arxiv:affiliation></author><arxiv:doi>10.5555/JT.5</arxiv:doi><arxiv:journal_ref>J. Trees 3</arxiv:journal_ref>
<category term="cs.AI"/></entry></feed>"""
ACL = f"""<?xml version="1.0"?><collection id="2020.tree"><volume id="main"><meta><booktitle>Proceedings of Trees</booktitle><month>July</month><year>2020</year></meta>
<!-- <paper id="9"><title>Withdrawn</title></paper> -->
<paper id="1"><title><fixed-case>S</fixed-case>earching Wide and Deep</title><author orcid="0000-0002-1825-0097"><first>Aya</first><last>Ito</last></author>
<abstract>{ABSTRACT} It costs <tex-math>O(n)</tex-math>.</abstract><url>2020.tree-main.1</url></paper></volume></collection>"""
PAPERLISTS = json.dumps(
    [
        {
            "id": "x1",
            "title": TITLE,
            "abstract": ABSTRACT,
            "author": "Aya Ito;Ben Okoro",
            "aff": "Lake Lab;",
            "track": "main",
            "site": "https://openreview.net/forum?id=x1",
        }
    ]
)
DAILY = json.dumps(
    [
        {
            "paper": {
                "id": "2001.00001",
                "title": TITLE,
                "summary": ABSTRACT,
                "authors": [{"name": "Aya Ito"}],
                "upvotes": 3,
                "publishedAt": "2020-01-01T00:00:00.000Z",
            }
        }
    ]
)
PAGE = f"Jan 1\n{TITLE}\n{ABSTRACT} {ABSTRACT} {ABSTRACT}\nA Second One\n{ABSTRACT} {ABSTRACT} {ABSTRACT}\n"
MARKDOWN = f"---\ntitle: '{TITLE}'\nabstract: {ABSTRACT}\nauthor:\n- given: Aya\n  family: Ito\ndate: 2020-05-04\ncontainer-title: Trees\nsoftware: https://github.com/ito/wide\n---\n"
TEXT = f"{TITLE}\n\nAbstract\n{ABSTRACT}\n"
JSONL = (
    json.dumps({"id": "x1", "title": TITLE, "abstract": ABSTRACT, "year": 2020, "authors": ["Aya Ito"], "doi": "10.5555/JT.5"})
    + "\n"
)


def parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(
        pa.table(
            {
                "paper_title": [TITLE, "A Second One"],
                "summary": [ABSTRACT, None],
                "authors": [["Aya Ito"], []],
                "year": [2020.0, None],
            }
        ),
        out,
    )
    return out.getvalue()


def excel() -> bytes:
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for row in (
        ["Exported on Monday"],
        ["Title", "Abstract", "Authors", "Year"],
        [TITLE, ABSTRACT, "Ito, A.; Okoro, B.", 2020],
        ["A Second One", None, "Ruiz, C.", 2021],
    ):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


# format → a sample of it, and the titles that it holds
SAMPLES: dict[str, tuple[bytes, int]] = {
    "acl-anthology": (ACL.encode(), 1),
    "arxiv-atom": (ATOM.encode(), 1),
    "arxiv-oai": (OAI.encode(), 3),
    "arxiv-snapshot": (SNAPSHOT.encode(), 1),
    "bibtex": (BIBTEX.encode(), 2),
    "csl-json": (CSL.encode(), 1),
    "csv": (CSV.encode(), 2),
    "excel": (excel(), 2),
    "hf-daily": (DAILY.encode(), 1),
    "huggingface": (PAGE.encode(), 2),
    "jats": (JATS.encode(), 1),
    "jsonl": (JSONL.encode(), 1),
    "markdown": (MARKDOWN.encode(), 1),
    "openalex": (OPENALEX.encode(), 2),
    "paperlists": (PAPERLISTS.encode(), 1),
    "parquet": (parquet(), 2),
    "pubmed": (PUBMED.encode(), 1),
    "ris": (RIS.encode(), 2),
    "semantic-scholar": (S2AG.encode(), 1),
    "text": (TEXT.encode(), 1),
}
