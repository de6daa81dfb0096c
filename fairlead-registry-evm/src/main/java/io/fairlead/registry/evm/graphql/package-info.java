/**
 * Lists that a GraphQL server gives.
 *
 * <p>Start with {@link io.fairlead.registry.evm.graphql.GraphqlSettings}, then {@link
 * io.fairlead.registry.evm.graphql.GraphqlSource}.
 *
 * <p>Invariants: a list is all of its pages or nothing; no answer is believed beyond the bounds of
 * a list.
 *
 * @see <a href="https://spec.graphql.org/October2021/#sec-Response-Format">GraphQL, Response
 *     Format</a>
 * @see <a href="https://relay.dev/graphql/connections.htm">Cursor Connections</a>
 */
@NullMarked
package io.fairlead.registry.evm.graphql;

import org.jspecify.annotations.NullMarked;
