package io.fairlead.tunnel.server.netty;

import java.time.Duration;
import java.util.List;

/**
 * An agent at one instant.
 *
 * @param entry text of its registry entry, or empty
 * @param rtt of its best carrier; zero when it is not known yet
 */
public record AgentReport(
    String name,
    String entry,
    boolean connected,
    int carriers,
    Duration since,
    Duration rtt,
    String remote,
    long streams,
    List<Service> services) {
  public AgentReport {
    services = List.copyOf(services);
  }

  /**
   * One of its services.
   *
   * @param at how users reach it
   * @param receivedBytes from users, ever
   * @param sentBytes to users, ever
   */
  public record Service(
      String name,
      String type,
      List<String> at,
      long streams,
      long opened,
      long failed,
      long receivedBytes,
      long sentBytes) {
    public Service {
      at = List.copyOf(at);
    }
  }
}
