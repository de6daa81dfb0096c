package io.fairlead.tunnel;

import io.fairlead.core.file.StagedFile;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.TokenRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Join tokens that were made and revoked at run time, in one small file that only its owner may
 * read. Thread-safe; changes block for a disk write.
 */
final class TokenStore {
  private static final Logger log = LoggerFactory.getLogger(TokenStore.class);
  private static final int TOKENS_MAX = 65_536;

  private final Path file;
  private Map<String, TokenRecord> tokens = new LinkedHashMap<>(); // guarded by this

  private TokenStore(Path file) {
    this.file = file;
  }

  /**
   * Reads the file, if it is there.
   *
   * @throws IOException it cannot be read
   */
  static TokenStore open(Path file) throws IOException {
    TokenStore store = new TokenStore(file);
    if (!Files.exists(file)) return store;
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      if (line.isBlank()) continue;
      try {
        TokenRecord token = TokenRecord.ofLine(line);
        store.tokens.put(key(token), token);
      } catch (BadControlException bad) {
        log.atError()
            .addKeyValue("file", file)
            .addKeyValue("why", bad.getMessage())
            .log("a line of the tunnel tokens was passed over");
      }
    }
    return store;
  }

  /** Revoked ones are kept beside the one in force. */
  private static String key(TokenRecord token) {
    return token.revoked() ? token.name() + " " + token.secret().text() : token.name();
  }

  /** All of them, revoked ones included. */
  synchronized List<TokenRecord> all() {
    return List.copyOf(tokens.values());
  }

  synchronized boolean isRevoked(Binary secret) {
    return tokens.values().stream()
        .anyMatch(token -> token.revoked() && token.secret().equals(secret));
  }

  synchronized Optional<TokenRecord> inForce(String name) {
    return Optional.ofNullable(tokens.get(name));
  }

  /** Replaces the name's token in force, if it has one, which is revoked by that. */
  synchronized void add(TokenRecord token) throws IOException {
    Map<String, TokenRecord> next = new LinkedHashMap<>(tokens);
    TokenRecord former = next.remove(token.name());
    if (former != null) next.put(key(former.asRevoked()), former.asRevoked());
    next.put(key(token), token);
    if (next.size() > TOKENS_MAX) throw new IOException("too many tokens");
    write(next);
  }

  /**
   * Revokes a name's token.
   *
   * @param configured the secret the configuration gives that name, which is refused from now on
   * @return whether there was anything to revoke
   */
  synchronized boolean revoke(String name, Optional<Binary> configured, String now)
      throws IOException {
    Map<String, TokenRecord> next = new LinkedHashMap<>(tokens);
    TokenRecord former = next.remove(name);
    if (former != null) next.put(key(former.asRevoked()), former.asRevoked());
    if (configured.isPresent() && !isRevoked(configured.get())) {
      TokenRecord revoked =
          new TokenRecord(name, configured.get(), now, List.of(), List.of(), List.of(), true);
      next.put(key(revoked), revoked);
    }
    if (next.equals(tokens)) return false;
    write(next);
    return true;
  }

  private void write(Map<String, TokenRecord> next) throws IOException {
    List<String> lines = new ArrayList<>(next.size());
    for (TokenRecord token : next.values()) lines.add(token.toLine());
    byte[] content = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    StagedFile.write(file, content).publish();
    tokens = next;
  }
}
