"""Multimodal routing over timetabled services: network, timetable, exact multi-criteria search, itineraries.

The model, in one place:

* A label stands at a hub with goods *ready* there: arrived, taken in when the hub is open, handled and, where
  a border was crossed, cleared. Service arcs lead from readiness to readiness, so a departure node and an
  arrival node never fall together and two transfers in a row cannot happen by themselves.
* Criteria, all whole numbers so that dominance is exact: minutes, thousandths of a cent (rounded to cents at the
  destination), grams of CO2e, and thousandths of a nat of -ln P(on time).
* Waiting may cost (storage) and may help (a connection less likely to be missed), so a later departure of the
  same service can be the better one: every departure is expanded that could be on the frontier.
* A truck on demand may come when it suits. Goods that it carries on to a timetabled service are charged storage as
  if they had lain where they came from, for all the time that they did not move: otherwise a later arrival could be
  the cheaper one, because a truck takes goods from a cheap hub to a dear one at once.
* An earlier label pays longer for storage. It beats a later one only if it does so having paid for the difference;
  where goods lie at different hubs' expense, only the one at the lower rate with the more free time can beat.
* How late the last vehicle tends to be decides the next connection: its punctuality grade is a dimension of
  dominance, and so are the legs used where the number of legs is limited.
"""
