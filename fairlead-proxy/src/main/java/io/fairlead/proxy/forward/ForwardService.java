package io.fairlead.proxy.forward;

import io.fairlead.core.time.Clock;
import io.fairlead.net.rate.SharedPaces;
import io.fairlead.proxy.Accounts;
import io.fairlead.proxy.ForwardConfig.Revoke;
import java.util.Optional;

/**
 * One service across its generations: the rules of now and the flows that are alive. Rules are
 * replaced by one volatile write; any thread reads them.
 */
public final class ForwardService {
  private final String id;
  private final FlowTable flows = new FlowTable();
  private final FlowTable associations = new FlowTable();
  private final FlowTable requests = new FlowTable();
  private final SharedPaces paces;
  private volatile ForwardRules rules;

  public ForwardService(String id, ForwardRules first, Clock clock) {
    this.paces = new SharedPaces(clock);
    this.id = id;
    this.rules = first;
  }

  public String id() {
    return id;
  }

  /** The generation of now; read once per decision. */
  public ForwardRules rules() {
    return rules;
  }

  /** Tunnels: what is in them cannot be seen, so they are decided on again at every change. */
  public FlowTable flows() {
    return flows;
  }

  /** Counts UDP associations for each account; the flows themselves are in {@link #flows}. */
  public FlowTable associations() {
    return associations;
  }

  /** How fast accounts may send and receive. */
  public SharedPaces paces() {
    return paces;
  }

  /** Requests under way, of which a change ends the forbidden ones only where it is asked for. */
  public FlowTable requests() {
    return requests;
  }

  /**
   * Makes {@code next} the rules, then closes flows they forbid, and requests with them if the
   * rules say so ({@code revoke: cut}). A flow being opened meanwhile is either in the table by now
   * or sees the new rules when its dial completes.
   *
   * @return how many were cut
   */
  public int replace(ForwardRules next) {
    Optional<Accounts> before = rules.accounts();
    rules = next;
    paces.rate(next.config().limits().bandwidth());
    int cut = cut(flows, next, before);
    return next.config().revoke() == Revoke.CUT ? cut + cut(requests, next, before) : cut;
  }

  private static int cut(FlowTable table, ForwardRules next, Optional<Accounts> before) {
    int[] cut = new int[1];
    table.forEach(
        flow ->
            next.judge(flow, before)
                .ifPresent(
                    refusal -> {
                      flow.work().cut(refusal.kind().code());
                      cut[0]++;
                    }));
    return cut[0];
  }
}
