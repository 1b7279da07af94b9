"""UN/EDIFACT messages of customs and posts: CUSDEC, CUSRES, CUSCAR (D.96B) and ITMATT."""
