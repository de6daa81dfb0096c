package io.fairlead.pubsub;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which chain endpoints must serve.
 *
 * @param asked whether a new connection is asked for its chain at all; what the first one said must
 *     then be said by all
 * @param chainId what it must be
 * @param genesis hash of its block 0
 */
public record ChainIdentity(boolean asked, OptionalLong chainId, Optional<Hash> genesis) {
  /** Whatever the first connection serves. */
  public static final ChainIdentity FIRST_SEEN =
      new ChainIdentity(true, OptionalLong.empty(), Optional.empty());

  /** No question asked: for servers that are not Ethereum nodes. */
  public static final ChainIdentity UNASKED =
      new ChainIdentity(false, OptionalLong.empty(), Optional.empty());

  public static ChainIdentity of(long chainId) {
    return new ChainIdentity(true, OptionalLong.of(chainId), Optional.empty());
  }

  public ChainIdentity genesis(Hash hash) {
    return new ChainIdentity(true, chainId, Optional.of(hash));
  }
}
