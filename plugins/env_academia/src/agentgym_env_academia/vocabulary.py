"""Words for a literature that never was: fields with their terms, shapes of titles, names of people and places. All are made up here."""

from __future__ import annotations

FIELDS: dict[str, tuple[str, ...]] = {
    "Graph Learning": (
        "graph embedding", "link prediction", "node classification", "message passing", "graph sampling", "knowledge graphs",
        "community detection", "heterogeneous graphs", "graph pooling", "spectral filters", "graph matching", "temporal graphs",
    ),
    "Speech Processing": (
        "speaker diarization", "keyword spotting", "speech enhancement", "voice conversion", "acoustic models", "pitch tracking",
        "language identification", "end-to-end recognition", "prosody", "beamforming", "speech coding", "far-field audio",
    ),
    "Database Systems": (
        "query optimization", "join ordering", "column stores", "transaction processing", "index tuning", "cardinality estimation",
        "data cleaning", "schema matching", "stream processing", "materialized views", "concurrency control", "data provenance",
    ),
    "Computer Networks": (
        "congestion control", "software-defined networks", "traffic engineering", "network slicing", "packet scheduling", "edge caching",
        "routing protocols", "network telemetry", "wireless mesh", "named data", "anomaly traffic", "bandwidth allocation",
    ),
    "Formal Verification": (
        "model checking", "theorem proving", "loop invariants", "symbolic execution", "satisfiability", "separation logic",
        "abstract interpretation", "program synthesis", "refinement types", "termination analysis", "hybrid automata", "proof search",
    ),
    "Image Analysis": (
        "image segmentation", "object detection", "image registration", "super resolution", "texture synthesis", "pose estimation",
        "depth completion", "image retrieval", "optical flow", "saliency", "camera calibration", "scene parsing",
    ),
    "Robotics": (
        "motion planning", "grasp synthesis", "legged locomotion", "visual odometry", "multi-robot teams", "force control",
        "soft actuators", "trajectory optimization", "aerial vehicles", "human-robot handover", "swarm behaviour", "tactile sensing",
    ),
    "Cryptography": (
        "key exchange", "zero-knowledge proofs", "lattice signatures", "secret sharing", "homomorphic evaluation", "oblivious transfer",
        "side channels", "block ciphers", "threshold schemes", "random oracles", "broadcast encryption", "hash functions",
    ),
    "Text Mining": (
        "entity linking", "relation extraction", "topic models", "summarization", "sentiment analysis", "question answering",
        "event detection", "paraphrase", "text classification", "coreference", "terminology", "document clustering",
    ),
    "Recommender Systems": (
        "collaborative filtering", "cold start", "session-based ranking", "implicit feedback", "click models", "diversity",
        "matrix factorization", "explainable ranking", "bandit exploration", "popularity bias", "bundle suggestion", "user profiles",
    ),
    "Human Factors": (
        "eye tracking", "gesture input", "accessibility", "mixed reality", "information foraging", "typing performance",
        "haptic feedback", "usability testing", "attention management", "notification design", "voice assistants", "wayfinding",
    ),
    "Bioinformatics": (
        "sequence alignment", "gene expression", "protein folding", "variant calling", "phylogenetic trees", "metagenomics",
        "drug repurposing", "single-cell analysis", "pathway inference", "read mapping", "protein docking", "biomarkers",
    ),
    "Operations Research": (
        "vehicle routing", "job shops", "column generation", "robust optimization", "inventory control", "crew rostering",
        "facility location", "network flows", "stochastic programs", "cutting planes", "lot sizing", "revenue management",
    ),
    "Power Systems": (
        "load forecasting", "microgrids", "state estimation", "unit commitment", "demand response", "fault location",
        "battery storage", "voltage control", "wind integration", "power markets", "phasor units", "islanding",
    ),
    "Software Engineering": (
        "defect prediction", "code review", "test generation", "refactoring", "program repair", "issue triage",
        "dependency updates", "mutation testing", "code clones", "build failures", "requirements tracing", "energy profiling",
    ),
    "Signal Theory": (
        "compressed sensing", "sparse recovery", "channel estimation", "direction finding", "adaptive filters", "blind separation",
        "spectrum sensing", "matched filters", "radar imaging", "array calibration", "waveform design", "phase retrieval",
    ),
    "Learning Theory": (
        "sample complexity", "online learning", "boosting", "kernel methods", "differential privacy", "active learning",
        "domain shift", "regret bounds", "minimax rates", "stability", "implicit bias", "learning from experts",
    ),
    "Computer Architecture": (
        "cache coherence", "branch prediction", "near-memory computing", "prefetching", "systolic arrays", "power gating",
        "transactional memory", "hardware prefetch", "instruction fusion", "page placement", "approximate units", "on-chip networks",
    ),
    "Geoinformatics": (
        "land cover", "trajectory mining", "map matching", "flood mapping", "point clouds", "spatial joins",
        "urban heat", "crop monitoring", "road extraction", "place names", "change detection", "terrain models",
    ),
    "Game Theory": (
        "mechanism design", "auctions", "fair division", "matching markets", "equilibrium computation", "voting rules",
        "coalition formation", "security games", "congestion games", "contract design", "repeated games", "facility games",
    ),
}  # fmt: skip
"""Twenty fields with twelve terms each; terms are keywords and go into titles."""
TITLES = (
    "{quality} {first} for {second}",
    "{first} and {second}: The Case for {quality} Methods",
    "Towards {quality} {first}",
    "On the Limits of {first} in {second}",
    "{quality} {first} under {condition}",
    "Learning {first} from {second}",
    "A Survey of {first} and {second}",
    "{first} without {second}",
    "Revisiting {first} with {quality} {second}",
    "{second} as {first}: Evidence from {condition}",
    "How {quality} Can {first} Be?",
    "{first}, {second} and {condition}",
)
QUALITIES = (
    "Robust", "Scalable", "Efficient", "Adaptive", "Interpretable", "Hierarchical", "Incremental", "Distributed", "Unified",
    "Lightweight", "Probabilistic", "Approximate", "Federated", "Self-Supervised", "Cost-Aware", "Verified", "Anytime", "Differentiable",
    "Sparse", "Modular",
)  # fmt: skip
CONDITIONS = (
    "Noisy Labels", "Limited Budgets", "Partial Observation", "Heavy Load", "Missing Data", "Hard Deadlines", "Distribution Shift",
    "Privacy Constraints", "Weak Supervision", "Rare Events", "Large Scale Deployments", "Adversarial Inputs", "Mobile Devices",
    "Long Horizons", "Human Feedback", "Delayed Rewards",
)  # fmt: skip
GIVEN = (
    "Ada", "Akira", "Amara", "Anders", "Anjali", "Astrid", "Bao", "Beatriz", "Bogdan", "Camille", "Carlos", "Chiara", "Daan", "Dalia",
    "Daniel", "Dmitri", "Eleni", "Elif", "Emeka", "Emil", "Eva", "Farid", "Fatima", "Felix", "Fiona", "Gabriel", "Greta", "Hana",
    "Hassan", "Helena", "Hugo", "Ines", "Ingrid", "Ivan", "Jamal", "Jana", "Jin", "Joana", "Jonas", "Julia", "Kaito", "Karim", "Katja",
    "Kofi", "Lars", "Laura", "Leila", "Liang", "Lucia", "Maja", "Malik", "Marta", "Mei", "Milan", "Nadia", "Nikhil", "Nora", "Oscar",
    "Paulo", "Petra", "Priya", "Rafael", "Rosa", "Sana", "Sofia", "Soren", "Tariq", "Tomas", "Uma", "Valeria", "Wei", "Yara", "Yuki",
    "Zofia",
)  # fmt: skip
FAMILY = (
    "Abara", "Adler", "Almeida", "Andersen", "Arslan", "Baptiste", "Becker", "Bergman", "Bianchi", "Borg", "Carvalho", "Castell",
    "Cerny", "Chen", "Costa", "Dahl", "Dassin", "Demir", "Dubois", "Duarte", "Eriksen", "Farkas", "Ferro", "Fischer", "Fontaine",
    "Garza", "Gruber", "Haddad", "Halvorsen", "Hansen", "Hoang", "Horvat", "Ibarra", "Iwata", "Jansen", "Jovanovic", "Kamara", "Kato",
    "Keller", "Khan", "Kim", "Kovac", "Kumar", "Laine", "Larsen", "Li", "Lindgren", "Lopez", "Maddox", "Mansour", "Marek", "Mbeki",
    "Mendez", "Meyer", "Moreau", "Mori", "Nakamura", "Navarro", "Ngata", "Nguyen", "Novak", "Okafor", "Olsen", "Ortega", "Osei", "Park",
    "Patel", "Petrov", "Pham", "Popescu", "Quist", "Rahman", "Ramos", "Reyes", "Rossi", "Salas", "Santoro", "Sato", "Schmid", "Serrano",
    "Shah", "Silva", "Singh", "Sokol", "Sorensen", "Suzuki", "Tanaka", "Torres", "Tran", "Varga", "Vidal", "Virtanen", "Wagner", "Wang",
    "Weber", "Yamada", "Yilmaz", "Zhang", "Ziegler", "Zidan",
)  # fmt: skip
PLACES = (
    "Abelton", "Ardmoor", "Ashby Vale", "Belmar", "Birkholm", "Brackwater", "Calder", "Carrow", "Castelmont", "Corvane", "Dunmere",
    "Eastmark", "Elmstead", "Fairhaven", "Fellbrook", "Glenwick", "Graviston", "Greyfield", "Halden", "Harrowgate Bay", "Holmsund",
    "Ironbridge Point", "Juniper", "Kestrel Bay", "Kirkham", "Lakeshore", "Larkspur", "Lindenau", "Lowmoor", "Marwick", "Meridian",
    "Millbrook", "Montclair Heights", "Northgate", "Oakhurst", "Ostermark", "Pinewood", "Port Selby", "Quarrystone", "Ravenna Hills",
    "Redcliff", "Rosenfeld", "Saltmarsh", "Sandvik", "Silverton", "Southmere", "Stonewell", "Tarnfield", "Thornbury", "Umberland",
    "Valmont", "Verden", "Wakefield Sound", "Westering", "Whitby Cross", "Wolfsbach", "Yarrow", "Zellwood", "Aldergrove", "Briarwood",
)  # fmt: skip
ORGANISATIONS = ("University of {}", "{} Institute of Technology", "{} Research Labs", "Technical University of {}")
CONFERENCES = ("International Conference on {}", "{} Symposium", "Workshop on Advances in {}")
JOURNALS = ("Journal of {}", "Transactions on {}", "{} Letters")
