package io.fairlead.tunnel;

import io.fairlead.core.config.Code;
import java.util.List;

/** Diagnostics of the section {@code tunnels}. */
public final class TunnelCodes {
  public static final Code BAD_CREDENTIAL =
      new Code(
          "F2401",
          "a token, key or certificate of a tunnel agent cannot be used",
          "agents: [ { name: sensor-17, token: !secret \"hunter2\" } ]",
          "agents: [ { name: sensor-17, token: \"${file:secrets/sensor-17.token}\" } ]");
  public static final Code AGENT_TWICE =
      new Code(
          "F2402",
          "two agents, services or visits of the section tunnels share a name",
          "services: [ { name: web, … }, { name: web, … } ]",
          "services: [ { name: web, … }, { name: admin, … } ]");
  public static final Code NO_CREDENTIAL =
      new Code(
          "F2403",
          "the tunnel agent has no server, no name or nothing to prove who it is",
          "agent: { servers: [\"gw.example.org:7000\"] }",
          "agent: { servers: [\"gw.example.org:7000\"], token: \"${file:agent.token}\" }");

  public static final Code REQUIRED_ABSENT =
      new Code(
          "F2404",
          "the tunnel server did not take a service that is required",
          "services: [ { name: web, …, required: true } ]",
          "services: [ { name: web, … } ]");

  private TunnelCodes() {}

  public static List<Code> all() {
    return List.of(BAD_CREDENTIAL, AGENT_TWICE, NO_CREDENTIAL, REQUIRED_ABSENT);
  }
}
