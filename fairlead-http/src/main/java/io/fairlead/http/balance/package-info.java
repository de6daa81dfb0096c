/**
 * Which member of a group takes the next request: pure choices over what is known about the
 * members. No sockets, no health, no configuration; clock and chance are arguments.
 *
 * <p>Start with {@link io.fairlead.http.balance.LoadBalancer} and {@link
 * io.fairlead.http.balance.Candidate}; each way of choosing is one class, made by {@link
 * io.fairlead.http.balance.Method#over}. {@link io.fairlead.http.balance.PeakEwma} measures
 * latency, {@link io.fairlead.http.balance.Priorities} chooses among groups before a balancer
 * chooses within one.
 *
 * <p>Invariants: a balancer never changes its candidates, so whoever leaves or changes weight makes
 * a new one; choosing allocates nothing and takes no lock.
 */
@NullMarked
package io.fairlead.http.balance;

import org.jspecify.annotations.NullMarked;
