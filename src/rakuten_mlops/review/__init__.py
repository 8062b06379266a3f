"""REVIEW: listings that people look at, and the way of their answers into training."""
