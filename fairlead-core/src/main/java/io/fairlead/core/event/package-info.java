/** Facts for onlookers: past-tense records on a bus that never blocks its publisher. */
@NullMarked
package io.fairlead.core.event;

import org.jspecify.annotations.NullMarked;
