"""China's unified cross-border e-commerce messages (CEB): GACC Announcement 2018 No. 113, edition 2022-05."""
