package io.fairlead.mqtt.acl;

import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttRights;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines of a list that are about one client, its name put into them. Belongs to one connection
 * and its thread.
 */
final class AclRights implements MqttRights {
  /** Below so many lines a decision costs no more than finding it. */
  private static final int WORTH_REMEMBERING = 4;

  private static final String ADMINS = "admin";
  private static final List<TopicFilter> OWN_TOPICS = ownTopics();

  private record Clause(AclLine.Rule rule, TopicFilter filter) {}

  private final Clause[] rules;
  private final TopicFilter[] denied;
  private final TopicFilter[] readable;
  private final TopicFilter[] writable;
  private final boolean allowRest;
  private final boolean filterLater;
  private final boolean remembers;
  private final DecisionCache cache = new DecisionCache();

  private AclRights(
      List<Clause> rules,
      List<TopicFilter> denied,
      List<TopicFilter> readable,
      List<TopicFilter> writable,
      AclAuthorizer by) {
    this.rules = rules.toArray(Clause[]::new);
    this.denied = denied.toArray(TopicFilter[]::new);
    this.readable = readable.toArray(TopicFilter[]::new);
    this.writable = writable.toArray(TopicFilter[]::new);
    this.allowRest = by.allowRest();
    this.filterLater = by.filterLater();
    int lines = rules.size() + denied.size() + Math.max(readable.size(), writable.size());
    this.remembers = lines > WORTH_REMEMBERING;
  }

  static AclRights of(AclAuthorizer by, MqttClient client) {
    List<Clause> rules = new ArrayList<>();
    List<TopicFilter> denied = new ArrayList<>();
    List<TopicFilter> readable = new ArrayList<>();
    List<TopicFilter> writable = new ArrayList<>();
    by.file()
        .rulesFor(
            client,
            rule -> rule.filter().forEach(client, filter -> rules.add(new Clause(rule, filter))));
    by.file()
        .grantsFor(
            client,
            grant ->
                grant
                    .filter()
                    .forEach(
                        client,
                        filter -> {
                          if (grant.access() == AclLine.Access.DENY) denied.add(filter);
                          if (grant.access().reads()) readable.add(filter);
                          if (grant.access().writes()) writable.add(filter);
                        }));
    if (client.groups().contains(ADMINS)) readable.addAll(OWN_TOPICS);
    return new AclRights(rules, denied, readable, writable, by);
  }

  @Override
  public boolean mayPublish(byte[] topic, int qos, boolean retain) {
    int question = DecisionCache.publish(qos, retain);
    if (remembers) {
      int known = cache.find(topic, question);
      if (known != DecisionCache.UNKNOWN) return known == DecisionCache.YES;
    }
    boolean may = decidePublish(topic, qos, retain);
    // Also where deciding is cheap: who loses a right is found by what it used.
    cache.remember(topic, question, may);
    return may;
  }

  @Override
  public boolean publishesStillUnder(MqttRights next) {
    return cache.allPublished(next::mayPublish);
  }

  @Override
  public boolean mayReceive(byte[] topic) {
    if (remembers) {
      int known = cache.find(topic, DecisionCache.RECEIVE);
      if (known != DecisionCache.UNKNOWN) return known == DecisionCache.YES;
    }
    boolean may = decideReceive(topic);
    if (remembers) cache.remember(topic, DecisionCache.RECEIVE, may);
    return may;
  }

  private boolean decidePublish(byte[] topic, int qos, boolean retain) {
    for (Clause clause : rules) {
      AclLine.Rule rule = clause.rule;
      boolean about = rule.publish() && qos <= rule.qosMax() && (retain || !rule.retainOnly());
      if (about && clause.filter.matches(topic, 0, topic.length)) return rule.allow();
    }
    return granted(topic, writable);
  }

  /** How a subscription was worded (QoS) was looked at when it was made. */
  private boolean decideReceive(byte[] topic) {
    for (Clause clause : rules) {
      AclLine.Rule rule = clause.rule;
      boolean about = rule.subscribe() && (rule.allow() || rule.qosMax() == 2);
      if (about && clause.filter.matches(topic, 0, topic.length)) return rule.allow();
    }
    return granted(topic, readable);
  }

  private boolean granted(byte[] topic, TopicFilter[] grants) {
    if (anyMatches(denied, topic)) return false;
    return anyMatches(grants, topic) || allowRest;
  }

  private static boolean anyMatches(TopicFilter[] filters, byte[] topic) {
    for (TopicFilter each : filters) if (each.matches(topic, 0, topic.length)) return true;
    return false;
  }

  /**
   * Asked with a filter, a line says yes or no to all of it, to a part, or to nothing. A part is
   * enough only where the rest is taken out on delivery.
   */
  @Override
  public boolean maySubscribe(TopicFilter filter, int qos) {
    boolean part = false; // some of it may be read
    for (Clause clause : rules) {
      AclLine.Rule rule = clause.rule;
      if (!rule.subscribe() || qos > rule.qosMax()) continue;
      if (clause.filter.covers(filter)) return rule.allow() || part && filterLater;
      if (!clause.filter.intersects(filter)) continue;
      if (rule.allow()) part = true;
      else if (!filterLater) return false;
    }
    for (TopicFilter each : denied) {
      if (each.covers(filter)) return part && filterLater;
      if (!filterLater && each.intersects(filter)) return false;
    }
    for (TopicFilter each : readable) {
      if (each.covers(filter)) return true;
      part |= each.intersects(filter);
    }
    return allowRest || part && filterLater;
  }

  private static List<TopicFilter> ownTopics() {
    try {
      return List.of(
          TopicFilter.of("$SYS/#", TopicLimits.WIDEST),
          TopicFilter.of("$fairlead/#", TopicLimits.WIDEST));
    } catch (BadTopicException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
