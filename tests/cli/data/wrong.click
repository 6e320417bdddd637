source :: InfinitSource(LIMIT 5)
  -> c :: Cuonter
	-> sink;
q :: Queue(many);
