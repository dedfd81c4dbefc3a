"""A small model of the rules that predicts what the product answers: docs/decisions/model.md.

python -m tests.model --steps 250000 --seed 0
"""
