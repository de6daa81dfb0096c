package io.fairlead.net.certs;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Keys of session tickets.
 *
 * @param file keys that several gateways share; whoever writes it renews them
 * @param rotation how long one key encrypts, without a file
 */
public record TicketSettings(Optional<Path> file, Duration rotation) {
  public static final TicketSettings DEFAULTS =
      new TicketSettings(Optional.empty(), Duration.ofHours(12));
}
