"""Stock without Django: allocation, walks, policies and forecasts."""
