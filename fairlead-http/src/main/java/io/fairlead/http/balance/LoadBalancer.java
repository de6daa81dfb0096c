package io.fairlead.http.balance;

/** Chooses among a fixed list of candidates. Thread-safe; called for every request. */
public interface LoadBalancer {
  /**
   * Whose turn it is.
   *
   * @param key what the request is kept together by ({@link KeyHash}); only hashing methods read it
   * @return index into the candidates
   */
  int pick(long key);

  /**
   * Who else takes the request. Of a single candidate there is no other, and that is a mistake of
   * the caller.
   *
   * @param not index of who shall not
   */
  int pickOther(long key, int not);
}
