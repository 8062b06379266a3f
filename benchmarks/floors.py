"""What must be reached, in times better than the peer: the project's requirements as numbers.

Pure.
"""

# "At most 1.2 times the memory" and "at most linear, plus 15 %", as ratios that must not be less.
AT_MOST_A_FIFTH_MORE = 1 / 1.2
LINEAR = 1 / 1.15

# Of a synthetic catalogue with 27 categories, and of an imported one, which has more of them.
TRAINING = {"synthetic": 3.0, "import": 4.0}
REGISTERING = 2.5
# Points of macro-F1 that ours must be ahead.
POINTS = {"synthetic": 0.0, "import": 0.01}
PEAK_MEMORY = AT_MOST_A_FIFTH_MORE

REQUESTS = {"mlflow models serve": 6.0, "BentoML": 12.0, "FastAPI + Pipeline.predict": 5.0}
MEDIAN_LATENCY = 4.0
TAIL_LATENCY = 1.0
SHARE_OF_EMPTY_ROUTE = 0.70
BATCHES = {100: 2.0, 1_000: 2.5}
BATCH_PEERS = set(REQUESTS)

FILE = 5.0
FILE_MEMORY = AT_MOST_A_FIFTH_MORE

# Serving with the prediction log on, as a share of serving without it.
SHARE_WITH_LOG = 0.95

API_MEMORY = 4.0
API_START = 5.0

DISK = {"joblib": 2.0, "skops": 7.0}
