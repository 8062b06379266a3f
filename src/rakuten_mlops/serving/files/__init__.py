"""Files of listings, CSV or Parquet, into files of answers: streamed, and resumed.

source        the listings, piece by piece, from any place on
csv_faults    where a CSV file is no CSV, in the words of an editor
draft         the answers so far, in a folder beside the target
answers       what is added to the listings
prediction    all of it put together: `predict_file`
"""
