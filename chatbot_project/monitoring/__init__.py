"""What Prometheus is told of this process at `/-/metrics`, where METRICS_TOKEN is set.

door.py     who may ask, and the answer
figures.py  what is counted, and what stands at the moment
labels.py   which names a figure may carry
"""
