"""Real samples of formats: how many papers each file has, and every field of three of them, written down here from the raw files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

from kg.ingest.base import Rejected
from kg.ingest.inputs import Reading, read_inputs
from kg.ingest.sniff import read_papers
from kg.model.records import Paper

FILES = {
    "acl_anthology_2022.acl.xml": 110,
    "acl_anthology_2022.naloma.xml": 5,
    "pmlr_v262_enlsp24.bib": 46,
    "pmlr_v262_agrawal24a.md": 1,
    "pmlr_v262_pieler24a.md": 1,
    "pmlr_v262_timor24a.md": 1,
    "arxiv_api_transformer.atom.xml": 5,
    "arxiv_api_robotics.atom.xml": 2,
    "hf_daily_papers.json": 30,
    "semantic_scholar_search.json": 5,
    "semantic_scholar_papers.json": 40,
    "openalex_works.json": 1,
    "arxiv_papers.csv": 50,
    "scopus_export.ris": 60,
    "paperlists_colm2024.json": 30,
}
ACL = "Proceedings of the 60th Annual Meeting of the Association for Computational Linguistics (Volume 1: Long Papers)"
NALOMA = "Proceedings of the 3rd Natural Logic Meets Machine Learning Workshop (NALOMA III)"
ENLSP = "Proceedings of The 4th NeurIPS Efficient Natural Language and Speech Processing Workshop"
PWC = "https://paperswithcode.com/dataset/"
S2 = "https://www.semanticscholar.org/paper/"
PMLR = "https://raw.githubusercontent.com/mlresearch/v262/main/assets/"
SUTD = "Singapore University of Technology and Design"
SCOPUS = "https://www.scopus.com/inward/record.uri?eid=2-s2.0-"


def pdf(url: str) -> tuple[tuple[str, str], ...]:
    return (("pdf", url),)


def acl(number: int, title: str, authors: str, *links: tuple[str, str]) -> dict[str, Any]:
    name = f"2022.acl-long.{number}"
    return {
        "id": name, "title": title, "authors": tuple(authors.split("; ")), "year": 2022, "date": "2022-05", "venue": ACL, "source": "acl",
        "url": f"https://aclanthology.org/{name}/", "identifiers": (("acl", name), ("doi", f"10.18653/v1/{name}")),
        "links": tuple(sorted((*links, ("pdf", f"https://aclanthology.org/{name}.pdf")))),
    }  # fmt: skip


def naloma(number: int, title: str, authors: str) -> dict[str, Any]:
    name = f"2022.naloma-1.{number}"
    return {
        "id": name, "title": title, "authors": tuple(authors.split("; ")), "year": 2022, "date": "2022-08", "venue": NALOMA, "source": "acl",
        "url": f"https://aclanthology.org/{name}/", "identifiers": (("acl", name),), "language": "",
        "links": pdf(f"https://aclanthology.org/{name}.pdf"),
    }  # fmt: skip


def arxiv(name: str, date: str, title: str, authors: str, categories: str, scheme: str, *links: tuple[str, str]) -> dict[str, Any]:
    return {
        "id": name, "title": title, "authors": tuple(authors.split("; ")), "year": int(date[:4]), "date": date, "url": f"http://arxiv.org/abs/{name}v1",
        "identifiers": (("arxiv", name),), "source": "arxiv", "version": "v1", "keywords": tuple(categories.split()),
        "links": (*pdf(f"{scheme}://arxiv.org/pdf/{name}v1"), *links),
    }  # fmt: skip


def pmlr(name: str, title: str, authors: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": title,
        "authors": tuple(authors.split("; ")),
        "year": 2024,
        "date": "2024-12-10",
        "venue": ENLSP,
        **more,
    }


def hf(name: str, date: str, title: str, authors: str, keywords: str, *links: tuple[str, str]) -> dict[str, Any]:
    return {
        "id": name, "title": title, "authors": tuple(authors.split("; ")), "year": 2026, "date": date, "url": f"https://huggingface.co/papers/{name}",
        "identifiers": (("arxiv", name), ("hf", name)), "source": "huggingface", "keywords": tuple(keywords.split("; ")), "links": links,
    }  # fmt: skip


def s2(paper: str, title: str, authors: str, year: int, identifiers: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "id": paper, "title": title, "authors": tuple(authors.split("; ")), "year": year, "url": S2 + paper, "source": "semantic-scholar",
        "identifiers": tuple(sorted({**identifiers, "s2": paper}.items())), **more,
    }  # fmt: skip


def table(name: str, title: str, authors: str) -> dict[str, Any]:
    return {
        "title": title, "authors": tuple(authors.split("; ")), "year": 2025, "date": "2025-05-22", "url": f"http://arxiv.org/abs/{name}v1",
        "identifiers": (("arxiv", name),), "source": "table", "version": "v1",
    }  # fmt: skip


def colm(
    name: str, title: str, authors: str, affiliations: tuple[tuple[str, ...], ...], keywords: str, citations: int, **more: Any
) -> dict[str, Any]:
    return {
        "id": name, "title": title, "authors": tuple(authors.split("; ")), "affiliations": affiliations, "year": 2024, "venue": "COLM",
        "url": f"https://openreview.net/forum?id={name}", "identifiers": (("openreview", name),), "source": "paperlists",
        "keywords": tuple(keywords.split("; ")), "citations": citations, **more,
    }  # fmt: skip


def scopus(doi: str, year: int, title: str, authors: str, venue: str, url: str, keywords: str, citations: int) -> dict[str, Any]:
    return {
        "title": title, "authors": tuple(authors.split("; ")), "year": year, "venue": venue, "url": SCOPUS + url, "identifiers": (("doi", doi),),
        "source": "ris", "keywords": tuple(keywords.split("; ")), "citations": citations,
    }  # fmt: skip


# the place in the file, from 0 → the fields; those that are not named are empty
EXPECTED: dict[str, dict[int, dict[str, Any]]] = {
    "acl_anthology_2022.acl.xml": {
        0: acl(1, "AdapLeR: Speeding up Inference by Adaptive Length Reduction", "Ali Modarressi; Hosein Mohebbi; Mohammad Taher Pilehvar",
               ("code", "https://aclanthology.org/attachments/2022.acl-long.1.software.zip"), ("code", "https://github.com/amodaresi/adapler"),
               *(("data", PWC + name) for name in ("glue", "hatexplain", "imdb-movie-reviews", "mrpc", "multinli", "multirc", "qnli", "sst"))),
        14: acl(15, "Discriminative Marginalized Probabilistic Neural Method for Multi-Document Summarization of Medical Literature",
                "Gianluca Moro; Luca Ragazzi; Lorenzo Valgimigli; Davide Freddi"),
        109: acl(110, "Online Semantic Parsing for Latency Reduction in Task-Oriented Dialogue",
                 "Jiawei Zhou; Jason Eisner; Michael Newman; Emmanouil Antonios Platanios; Sam Thomson"),
    },
    "acl_anthology_2022.naloma.xml": {
        0: naloma(1, "Strings from neurons to language", "Tim Fernando"),
        2: naloma(3, "Learning Knowledge with Neural DTS", "Daisuke Bekki; Ribeka Tanaka; Yuta Takahashi"),
        4: naloma(5, "A Philosophically-Informed Contribution to the Generalization Problem of Neural Natural Language Inference: Shallow "
                  "Heuristics, Bias, and the Varieties of Inference", "Reto Gubelmann; Christina Niklaus; Siegfried Handschuh"),
    },
    "pmlr_v262_enlsp24.bib": {
        0: pmlr("samragh2024scaling", "Scaling Smart: Accelerating Large Language Model Pre-Training with Small Model Initialization",
                "Mohammad Samragh; Seyed Iman Mirzadeh; Keivan Alizadeh-Vahid; Fartash Faghri; Minsik Cho; Moin Nabi; Devang Naik; Mehrdad Farajtabar",
                source="bibtex"),
        19: pmlr("sharify2024post", "Post Training Quantization of Large Language Models with Microscaling Formats",
                 "Sayeh Sharify; Utkarsh Saxena; Zifei Xu; Wanzin Yazar; Ilya Soloveychik; Xin Wang", source="bibtex"),
        45: pmlr("chen2024onlysportslm", "OnlySportsLM: Optimizing Sports-Domain Language Models with SOTA Performance under Billion Parameters",
                 "Zexin Chen; Chengxi Li; Xiangyu Xie; Parijat Dube", source="bibtex",
                 original_title="{OnlySportsLM}: Optimizing Sports-Domain Language Models with {SOTA} Performance under Billion Parameters"),
    },
    "pmlr_v262_agrawal24a.md": {
        0: pmlr("agrawal24a", "AdaEDL: Early Draft Stopping for Speculative Decoding of Large Language Models via an Entropy-based Lower Bound on "
                "Token Acceptance Probability", "Sudhanshu Agrawal; Wonseok Jeon; Mingu Lee", source="markdown",
                links=pdf(f"{PMLR}agrawal24a/agrawal24a.pdf")),
    },
    "pmlr_v262_pieler24a.md": {
        0: pmlr("pieler24a", "Rephrasing natural text data with different languages and quality levels for Large Language Model pre-training",
                "Michael Pieler; Marco Bellagente; Hannah Teufel; Duy Phung; Nathan Cooper; Jonathan Tow; Paulo Rocha; Reshinth Adithyan; Zaid Alyafeai; "
                "Nikhil Pinnaparaju; Maksym Zhuravinskyi; Carlos Riquelme", source="markdown", links=pdf(f"{PMLR}pieler24a/pieler24a.pdf")),
    },
    "pmlr_v262_timor24a.md": {
        0: pmlr("timor24a", "Distributed Speculative Inference of Large Language Models is Provably Faster",
                "Nadav Timor; Jonathan Mamou; Oren Pereg; Moshe Berchansky; Daniel Korat; Moshe Wasserblat; Tomer Galanti; Michal Gordon; David Harel",
                source="markdown", links=pdf(f"{PMLR}timor24a/timor24a.pdf")),
    },
    "arxiv_api_robotics.atom.xml": {
        0: arxiv("2510.14968", "2025-10-16", "RDD: Retrieval-Based Demonstration Decomposer for Planner Alignment in Long-Horizon Tasks",
                 "Mingxuan Yan; Yuping Wang; Zechun Liu; Jiachen Li", "cs.RO cs.AI cs.CV cs.LG cs.SY eess.SY", "http"),
        1: arxiv("2510.14827", "2025-10-16", "Neural Implicit Flow Fields for Spatio-Temporal Motion Mapping",
                 "Yufei Zhu; Shih-Min Yang; Andrey Rudenko; Tomasz P. Kucner; Achim J. Lilienthal; Martin Magnusson", "cs.RO", "http"),
    },
    "arxiv_api_transformer.atom.xml": {
        0: arxiv("2606.13677", "2026-06-11", "Mana: Dexterous Manipulation of Articulated Tools", "Zhao-Heng Yin; Guanya Shi; Pieter Abbeel; C. Karen Liu",
                 "cs.RO cs.AI cs.CV cs.LG", "https", ("project", "https://zhaohengyin.github.io/mana")),
        2: arxiv("2606.13568", "2026-06-11", "Adjusted Cup-Product Neural Layer", "Snigdha Chandan Khilar", "cs.LG math-ph", "https"),
        4: arxiv("2606.13501", "2026-06-11", "GF-DiT: Scheduling Parallelism for Diffusion Transformer Serving",
                 "Xinwei Qiang; Yifan Hu; Shixuan Sun; Jing Yang; Han Zhao; Chen Chen; Yu Feng; Jingwen Leng; Minyi Guo", "cs.DC cs.LG cs.PF", "https"),
    },
    "hf_daily_papers.json": {
        0: hf("2606.00467", "2026-05-30", "On the Limits of LLM Adaptability: Impact of Model-Internalized Priors on Annotation Task Performance",
              "Etienne Casanova; Rafal Kocielnik; R. Michael Alvarez",
              "zero-shot annotation; LLM-as-a-judge; model-internalized priors; decision stickiness; toxicity detection; dense models; "
              "mixture-of-experts models; rescue rate; high-confidence errors; misaligned task definitions; Definition-Specific Familiarity; ROUGE-L; "
              "BERTScore; embedding cosine similarity"),
        14: hf("2606.12243", "2026-06-10", "VIA-SD: Verification via Intra-Model Routing for Speculative Decoding",
               "Yuchen Xian; Yang He; Yunqiu Xu; Yi Yang",
               "speculative decoding; drafters; verifiers; intra-model routing; slim-verifier; hierarchical processing; token rejection rates; speedup; "
               "multi-tier framework", ("project", "https://zju-xyc.github.io/VIA-SD-Project-Page/")),
        29: hf("2606.13106", "2026-06-11", "Demystifying Hidden-State Recurrence: Switchable Latent Reasoning with On-Policy Reinforcement Learning",
               "Jiayu Yang; Chao Chen; Shengen Wu; Yinhong Liu; Yuxuan Fan; Lujundong Li; Songning Lai; Chengwei Qin; Zhijiang Guo",
               "latent chain-of-thought; on-policy reinforcement learning; latent reasoning; hidden-state recurrence; switchable latent reasoning; GRPO "
               "policy ratio; mechanistic analysis; visible-to-latent curriculum; Switch-GRPO objective"),
    },
    "semantic_scholar_search.json": {
        0: s2("c8b25fab5608c3e033d34b4483ec47e68ba109b7", "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
              "Ze Liu; Yutong Lin; Yue Cao; Han Hu; Yixuan Wei; Zheng Zhang; Stephen Lin; B. Guo", 2021,
              {"dblp": "conf/iccv/LiuL00W0LG21", "arxiv": "2103.14030", "doi": "10.1109/iccv48922.2021.00986", "corpusid": "232352874"},
              links=pdf("http://arxiv.org/pdf/2103.14030")),
        2: s2("925ad2897d1b5decbea320d07e99afa9110e09b2", "Longformer: The Long-Document Transformer", "Iz Beltagy; Matthew E. Peters; Arman Cohan", 2020,
              {"dblp": "journals/corr/abs-2004-05150", "mag": "3015468748", "arxiv": "2004.05150", "corpusid": "215737171"}, date="2020-04-10"),
        4: s2("7a9a708ca61c14886aa0dcd6d13dac7879713f5f", "SwinIR: Image Restoration Using Swin Transformer",
              "Jingyun Liang; Jie Cao; Guolei Sun; K. Zhang; L. Gool; R. Timofte", 2021,
              {"dblp": "conf/iccvw/LiangCSZGT21", "arxiv": "2108.10257", "doi": "10.1109/iccvw54120.2021.00210", "corpusid": "237266491"},
              date="2021-08-23", links=pdf("https://arxiv.org/pdf/2108.10257")),
    },
    "semantic_scholar_papers.json": {
        0: s2("207d6ce83f82c0e2afa2a572dc96b05f85635217", "Quo Vadis ChatGPT? From Large Language Models to Large Knowledge Models",
              "V. Venkatasubramanian; Arijit Chakraborty", 2024, {"arxiv": "2405.19561", "corpusid": "270123120"}, date="2024-05-29",
              keywords=("Computer Science",), citations=0),
        20: s2("c0023e4ab287a2180ca53eb23de1ca6245c8ed4f", "Comparative Analysis of Human and AI generated Text",
               "Shashank Kumar; Sneha Tiwari; Rishabh Prasad; Abhay Rana; M. Arti", 2024,
               {"doi": "10.1109/spin60856.2024.10511301", "corpusid": "269650609"}, date="2024-03-21", venue="SPIN", citations=0),
        39: s2("16490bb36ae852d1bbdbe69f8a45e459c8bf09fb", "Computational Argumentation-based Chatbots: a Survey",
               "Federico Castagna; Nadin Kökciyan; I. Sassoon; Simon Parsons; E. Sklar", 2024,
               {"dblp": "journals/corr/abs-2401-03454", "arxiv": "2401.03454", "doi": "10.48550/arxiv.2401.03454", "corpusid": "266844589"},
               date="2024-01-07", venue="arXiv.org", keywords=("Computer Science",), citations=1),
    },
    "openalex_works.json": {
        0: {
            "id": "W2122410182", "title": "Artificial intelligence: a modern approach", "year": 1995, "date": "1995-11-01",
            "authors": ("Dr. Anil Kumar", "Sivasubramanian Balasubramanian", "Dr. Haewon Byeon", "Prof. Ganesh Vasudeo Manerkar"),
            "affiliations": (("University of California, Berkeley",), ("University of Southern California", "University of California, Berkeley"), (), ()),
            "venue": "Choice Reviews Online", "links": (("page", "https://doi.org/10.5281/zenodo.11381885"),), "url": "https://doi.org/10.5860/choice.33-1577", "source": "openalex", "citations": 22258,
            "identifiers": (("doi", "10.5860/choice.33-1577"), ("mag", "2122410182"), ("openalex", "W2122410182")),
        },
    },
    "arxiv_papers.csv": {
        0: table("2505.17022", "GoT-R1: Unleashing Reasoning Capability of MLLM for Visual Generation with Reinforcement Learning",
                 "Chengqi Duan; Rongyao Fang; Yuqing Wang; Kun Wang; Linjiang Huang; Xingyu Zeng; Hongsheng Li; Xihui Liu"),
        24: table("2505.16978", "HyGenar: An LLM-Driven Hybrid Genetic Algorithm for Few-Shot Grammar Generation",
                  "Weizhi Tang; Yixuan Li; Chris Sypherd; Elizabeth Polgreen; Vaishak Belle"),
        49: table("2505.16903", "Unsupervised Prompting for Graph Neural Networks", "Peyman Baghershahi; Sourav Medya"),
    },
    "paperlists_colm2024.json": {
        0: colm("0UK8c2kg7c", "InstructAV: Instruction Fine-tuning Large Language Models for Authorship Verification",
                "Yujia Hu; Zhiqiang Hu; Chun Wei Seah; Roy Ka-Wei Lee", ((SUTD,), (SUTD,), ("DSO",), (SUTD,)),
                "Authorship Verification; Parameter-Efficient Fine-Tuning (PEFT); InstructAV", 1, orcids=("", "", "", "0000-0002-1986-7750")),
        13: colm("3GhOWfSLrD", "Will the Real Linda Please Stand up...to Large Language Models? Examining the Representativeness Heuristic in LLMs",
                 "Pengda Wang; Zilin Xiao; Hanjie Chen; Frederick L. Oswald", (("Rice University",), ("Rice University",), (), ("Rice University",)),
                 "Psychology; Representativeness Heuristic; Language Models", 12, orcids=("0009-0001-5791-1206", "", "", "0000-0002-7275-5408")),
        29: colm("6U1FEKP7Ar", "ExoViP: Step-by-step Verification and Exploration with Exoskeleton Modules for Compositional Visual Reasoning",
                 "Yuxuan Wang; Alan Yuille; Zhuowan Li; Zilong Zheng",
                 (("Beijing Institute for General Artificial Intelligence",), ("Johns Hopkins University",), ("Johns Hopkins University",),
                  ("Beijing Institute for General Artificial Intelligence",)),
                 "Compositional Methods; Verification; Muiltimodal Agent; Compositional Visua Reasoning", 3),
    },
    "scopus_export.ris": {
        0: scopus("10.1016/j.simpat.2025.103066", 2025, "Transfer-Mamba: Selective state space models with spatio-temporal knowledge transfer for few-shot "
                  "traffic prediction across cities", "S. Cheng; S. Qu; J. Zhang", "Simulation Modelling Practice and Theory",
                  "85214569055&doi=10.1016%2fj.simpat.2025.103066&partnerID=40&md5=146b6291fa5b3c914f995f744c7e3cbf",
                  "Selective state space models; Spatio-temporal correlation; Traffic prediction; Transfer learning; Knowledge transfer; Selective state "
                  "space model; Spatio-temporal; Spatiotemporal correlation; State-space models; Temporal knowledge; Traffic data; Traffic Forecasting; "
                  "Prediction models", 1),
        30: scopus("10.1016/j.ins.2025.122108", 2025, "Traffic forecasting using spatio-temporal dynamics and attention with graph attention PDEs",
                   "G. Almousa; Y. Lee", "Information Sciences",
                   "105000306386&doi=10.1016%2fj.ins.2025.122108&partnerID=40&md5=0a2088c280679e3ea61355b1ca90c2f4",
                   "Attention mechanisms; Graph convolutional networks (GCNs); Partial differential equations (PDEs); Spatio-temporal dynamics; Traffic "
                   "forecasting; Urban mobility; Continuous time systems; Temporal logic; Traffic control; Convolutional networks; Graph convolutional "
                   "network; Intelligent transportation systems; Partial differential; Partial differential equation; Spatiotemporal patterns; Traffic "
                   "Forecasting; Urban transportation", 0),
        59: scopus("10.1002/ett.5020", 2024, "Multi-graph representation spatio-temporal attention networks for traffic forecasting in the cinematic "
                   "metaverse", "K. Li; X. He; Y. Liu; M. Chen", "Transactions on Emerging Telecommunications Technologies",
                   "85197224858&doi=10.1002%2fett.5020&partnerID=40&md5=fa274a6905f5c586b00e12ccd180a0be",
                   "Forecasting; Topology; Cinematics; Graph information; Graph representation; Immersive; Metaverses; Prediction accuracy; "
                   "Spatio-temporal; Topological graphs; Traffic Forecasting; Virtual spaces; Graph neural networks", 0),
    },
}  # fmt: skip


def _json_at(*path: Any) -> Callable[[Path, int], str]:
    def read(file: Path, place: int) -> str:
        value = json.loads(file.read_text(encoding="utf-8"))
        for step in path:
            value = value[place if step == "#" else step]
        return str(value)

    return read


def _xml_at(record: str, abstract: str) -> Callable[[Path, int], str]:
    def read(file: Path, place: int) -> str:
        records = [e for e in ET.parse(file).iter() if e.tag.rpartition("}")[2] == record]
        found = next((e for e in records[place].iter() if e.tag.rpartition("}")[2] == abstract), None)
        return "" if found is None else "".join(found.itertext())

    return read


def _pattern(pattern: str) -> Callable[[Path, int], str]:
    return lambda file, place: re.findall(pattern, file.read_text(encoding="utf-8-sig"), re.DOTALL)[place]


def _openalex(file: Path, place: int) -> str:
    index = json.loads(file.read_text())["results"][place]["abstract_inverted_index"]
    words = [""] * (1 + max(at for places in index.values() for at in places))
    for word, places in index.items():
        for at in places:
            words[at] = word
    return " ".join(words)


# abstracts, read from the raw files another way; copyright notices of publishers are cut off by hand
RAW: dict[str, Callable[[Path, int], str]] = {
    "acl_anthology_2022.acl.xml": _xml_at("paper", "abstract"),
    "acl_anthology_2022.naloma.xml": _xml_at("paper", "abstract"),
    "pmlr_v262_enlsp24.bib": _pattern(r"abstract\s*=\s*\{(.*?)\},?\s*\n\s*\}?"),
    "arxiv_api_robotics.atom.xml": _xml_at("entry", "summary"),
    "arxiv_api_transformer.atom.xml": _xml_at("entry", "summary"),
    "hf_daily_papers.json": _json_at("#", "paper", "summary"),
    "semantic_scholar_search.json": _json_at("data", "#", "abstract"),
    "semantic_scholar_papers.json": _json_at("data", "#", "citingPaper", "abstract"),
    "openalex_works.json": _openalex,
    "arxiv_papers.csv": lambda file, place: list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))[place][
        "summary"
    ],
    "paperlists_colm2024.json": _json_at("#", "abstract"),
    "scopus_export.ris": lambda file, place: _pattern(r"AB  - (.*?)\n")(file, place).split(" © 20")[0],
    **dict.fromkeys(
        ("pmlr_v262_agrawal24a.md", "pmlr_v262_pieler24a.md", "pmlr_v262_timor24a.md"),
        lambda file, place: re.sub(r"''", "'", _pattern(r"abstract: '?(.*?)'?\nlayout")(file, place)),
    ),
}


@pytest.fixture
def formats(shared: Path) -> Path:
    return shared / "data" / "corpora" / "formats"


@pytest.mark.shared
@pytest.mark.parametrize("name", FILES)
def test_each_field_of_three_papers(formats: Path, name: str) -> None:
    items = list(read_papers(formats / name))
    papers = [item[1] for item in items if not isinstance(item, Rejected)]
    assert len(items) == len(papers) == FILES[name]
    assert len(EXPECTED[name]) == min(3, FILES[name])
    for place, told in EXPECTED[name].items():
        found = asdict(papers[place])
        raw = RAW[name](formats / name, place)
        abstract = " ".join(raw.replace(r"$\times$", "×").split())
        notice = {"original_abstract": found["original_abstract"]} if name.endswith(".ris") or "$" in raw else {}
        plain = (
            {f.name: f.default for f in fields(Paper)}
            | {"language": "en", "id": papers[place].canonical_id, "abstract": abstract}
            | notice
            | told
        )
        assert found == plain
        if notice:
            assert found["original_abstract"].startswith(raw)


@pytest.mark.shared
def test_files_that_are_not_named_here(formats: Path) -> None:
    assert {path.name for path in formats.iterdir()} == set(FILES) == set(EXPECTED)


@pytest.mark.shared
def test_the_corpus(shared: Path) -> None:
    path = shared / "data" / "corpora" / "abstracts.jsonl.gz"
    reading = Reading()
    papers = list(read_inputs([path], reading))
    assert (len(papers), reading.clean, reading.without_abstract, reading.foreign) == (10_000, True, 0, 0)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        raw = [json.loads(line) for line in file]
    for place in (0, 4_999, 9_999):
        paper, row = papers[place], raw[place]
        acl = (("acl", "2022.naacl-main.114"),) if place == 9_999 else ()
        assert (paper.id, paper.title, paper.abstract, paper.year, paper.venue, list(paper.authors), paper.url, paper.identifiers) == (
            row["id"], row["title"], row["abstract"], row["year"], row["venue"], row["authors"], row["url"], acl,
        )  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("name", FILES)
def test_what_was_read_is_read_again_equal(formats: Path, tmp_path: Path, name: str) -> None:
    papers = [item[1] for item in read_papers(formats / name) if not isinstance(item, Rejected)]
    (tmp_path / "again.jsonl").write_text("".join(paper.to_json() + "\n" for paper in papers), encoding="utf-8")
    again = [item[1] for item in read_papers(tmp_path / "again.jsonl") if not isinstance(item, Rejected)]
    assert again == papers
    assert [Paper.from_json(paper.to_json()) for paper in papers] == papers


@pytest.mark.shared
def test_the_whole_folder_at_once(formats: Path) -> None:
    reading = Reading()
    papers = list(read_inputs([formats], reading))
    assert (len(papers), reading.clean, reading.without_abstract) == (sum(FILES.values()), True, 5)
