// Packets come, wait in a queue, and are counted.
define($LIMIT 100)
elementclass Wait { input -> q :: Queue(64) -> Unqueue -> output }
source :: InfiniteSource(LIMIT $LIMIT, STOP true)
  -> waiting :: Wait
  -> accepted :: Discard;
