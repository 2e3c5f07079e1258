"""The yearly medicinsk audit under review: drafts, comments, adjustments, second reader, signature.

Figures and paper come from ``audit``; here they are asked for, read, spoken to and signed.
"""
