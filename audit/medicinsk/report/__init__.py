"""The audit as it is presented: what stands out, charts, the PDF. From the model to bytes, pure.

The same model, remarks and fonts give the same bytes. No name and no number of a person is in it:
the ids behind a count never come here.
"""
