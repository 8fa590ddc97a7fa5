//! What a report calls the target, and what becomes of a record there.

/// The words for a target.
#[derive(Debug)]
pub(super) struct Words {
    /// Of an imported record.
    pub imported: &'static str,
    /// Of an unchanged record.
    pub unchanged: &'static str,
    /// Of a record that the mode of the feed leaves out.
    pub left: &'static str,
    /// Of a record that deleted an item.
    pub deleted: &'static str,
    /// Of one record that is unchanged, and of several.
    pub are_known: [&'static str; 2],
    /// What a stale record is older than.
    pub newer: &'static str,
    /// Where every good record is.
    pub done: &'static str,
    /// What a dry run did.
    pub dry_run: &'static str,
    /// What a rejected file did.
    pub untouched: &'static str,
    /// What a reader must know of the effect, as a sentence after a space; empty if it is exactly once.
    pub effect: &'static str,
}

static TABLE: Words = Words {
    imported: "written to the table by this run",
    unchanged: "the table already held them with the same content",
    left: "the feed says whether a record may add or change what the table holds, and so they did nothing",
    deleted: "what the table held under their key is deleted",
    are_known: ["is already in the table with the same content", "are already in the table with the same content"],
    newer: "what the table holds",
    done: "every good record is in the table",
    dry_run: "nothing was written to the table",
    untouched: "The table is as it was.",
    effect: "",
};

static QUEUE: Words = Words {
    imported: "sent to the queue by this run",
    unchanged: "the same content was sent to the queue before",
    left: "the feed leaves them out",
    deleted: "they delete",
    are_known: ["was sent to the queue before", "were sent to the queue before"],
    newer: "what was sent to the queue",
    done: "every good record was sent to the queue, or had been sent before",
    dry_run: "nothing was sent to the queue",
    untouched: "Nothing was sent.",
    effect: " The effect is at least once: a consumer drops a message whose order is lower than that of another one with the same key.",
};

static COLLECTION: Words = Words {
    imported: "written to the collection by this run",
    unchanged: "the collection already held them with the same content",
    left: "the feed says whether a record may add or change what the collection holds, and so they did nothing",
    deleted: "what the collection held under their key is deleted",
    are_known: [
        "is already in the collection with the same content",
        "are already in the collection with the same content",
    ],
    newer: "what the collection holds",
    done: "every good record is in the collection",
    dry_run: "nothing was written to the collection",
    untouched: "The collection is as it was.",
    effect: "",
};

static OUTPUTS: Words = Words {
    imported: "good, and in the outputs of this run",
    unchanged: "known already",
    left: "the feed leaves them out",
    deleted: "they delete",
    are_known: ["is known already", "are known already"],
    newer: "what is known",
    done: "every good record is in the outputs",
    dry_run: "there is no output of good records",
    untouched: "Nothing was imported.",
    effect: "",
};

impl Words {
    /// The words for a kind of target, as `import` names it. A report of an earlier release does not say it.
    pub(super) fn of(target: Option<&str>) -> &'static Self {
        match target {
            Some("queue") => &QUEUE,
            Some("collection") => &COLLECTION,
            Some("outputs") => &OUTPUTS,
            _ => &TABLE,
        }
    }
}
