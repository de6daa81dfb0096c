package io.fairlead.pubsub.service;

import io.fairlead.pubsub.HeaderCheck;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.log.BlockHeader;
import io.fairlead.pubsub.log.ChainJson;
import io.fairlead.pubsub.log.HeaderHash;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the headers that a chain is followed by, and lets none pass whose hash its own fields
 * contradict: who told one is left, as an endpoint of another chain is. Thread-safe.
 */
final class HeaderGate {
  private static final Logger log = LoggerFactory.getLogger(HeaderGate.class);

  private final ChainService service;
  private final HeaderCheck check;

  HeaderGate(ChainService service) {
    this.service = service;
    this.check = service.plan().settings().headerCheck();
  }

  /**
   * A reader of what one endpoint tells; empty for what is no header, and for a refused one.
   *
   * @param endpoint whose words they are; empty where it is not known any more
   */
  Function<JsonSlice, Optional<BlockHeader>> of(Optional<String> endpoint) {
    return json -> read(json, endpoint);
  }

  private Optional<BlockHeader> read(JsonSlice json, Optional<String> endpoint) {
    Optional<BlockHeader> header = ChainJson.header(json);
    if (header.isEmpty() || check == HeaderCheck.OFF) return header;
    HeaderHash.Verdict verdict = HeaderHash.judge(json);
    service.meters().header(verdict);
    boolean pass =
        switch (verdict) {
          case PROVEN -> true;
          case UNPROVEN -> check != HeaderCheck.REQUIRE;
          case FALSE -> false;
        };
    if (pass) return header;
    refused(header.get(), verdict, endpoint);
    return Optional.empty();
  }

  private void refused(BlockHeader header, HeaderHash.Verdict verdict, Optional<String> endpoint) {
    String what =
        verdict == HeaderHash.Verdict.FALSE
            ? "is not that of its fields"
            : "cannot be worked out from its fields";
    log.atWarn()
        .addKeyValue("chain", service.plan().name())
        .addKeyValue("endpoint", endpoint.orElse(""))
        .addKeyValue("block", header.number())
        .addKeyValue("hash", header.hash())
        .log("header refused, its hash " + what);
    TerminalCause cause =
        TerminalCause.of(
            TerminalCause.Kind.FALSE_HEADER,
            "the hash of block " + header.number() + " " + what + " (header_hash: off takes it)");
    endpoint.ifPresent(alias -> service.later(() -> service.refuse(alias, cause)));
  }
}
