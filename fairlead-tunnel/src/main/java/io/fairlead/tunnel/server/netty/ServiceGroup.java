package io.fairlead.tunnel.server.netty;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The agents behind one port or host: one, or all of a group. Members change on the hub's thread;
 * any thread picks.
 */
final class ServiceGroup {
  private volatile List<Member> members = List.of();
  private volatile boolean awaited;

  /** Whether nobody is there because the process is new: agents are expected back. */
  boolean awaited() {
    return awaited;
  }

  void awaited(boolean now) {
    awaited = now;
  }

  List<Member> members() {
    return members;
  }

  void add(Member member) {
    List<Member> next = new ArrayList<>(members);
    next.removeIf(each -> same(each, member));
    next.add(member);
    members = List.copyOf(next);
  }

  void remove(Member member) {
    List<Member> next = new ArrayList<>(members);
    next.removeIf(each -> same(each, member));
    members = List.copyOf(next);
  }

  private static boolean same(Member one, Member other) {
    return one.agent().name().equals(other.agent().name())
        && one.offer().name().equals(other.offer().name());
  }

  /** The less busy of two members whose agents are there, and take streams if any of them does. */
  Optional<Member> pick(RandomGenerator chance) {
    List<Member> all = members;
    if (all.size() == 1) {
      return all.getFirst().agent().ready() ? Optional.of(all.getFirst()) : Optional.empty();
    }
    List<Member> ready = all.stream().filter(each -> each.agent().takes()).toList();
    if (ready.isEmpty()) ready = all.stream().filter(each -> each.agent().ready()).toList();
    if (ready.isEmpty()) return Optional.empty();
    if (ready.size() == 1) return Optional.of(ready.getFirst());
    int first = chance.nextInt(ready.size());
    int second = (first + 1 + chance.nextInt(ready.size() - 1)) % ready.size();
    Member a = ready.get(first);
    Member b = ready.get(second);
    return Optional.of(a.load() <= b.load() ? a : b);
  }
}
