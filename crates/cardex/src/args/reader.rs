//! In which language somebody reads boards.

use std::collections::BTreeMap;
use std::sync::Once;

use cardex_playbook::language::negotiate;
use cardex_wire::BoardView;
use clap::Args;

use crate::screen::note;

/// Who reads the boards.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reader {
    /// The language to read them in, such as zh-HK [default: the department's]
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
}

impl Reader {
    /// The board in the reader's language; in the department's, and a word about it, where it is not said in that one.
    pub(crate) fn read(&self, board: &mut BoardView) {
        static SAID: Once = Once::new();
        let spoken = self.put(board);
        if let (Some(wanted), false) = (&self.language, spoken) {
            let department = &board.department;
            SAID.call_once(|| {
                note(format!(
                    "warning: nothing is said in {wanted:?}; boards are shown as {department} reads them"
                ));
            });
        }
    }

    /// Puts the board into the reader's language; whether it is said in it.
    pub(crate) fn put(&self, board: &mut BoardView) -> bool {
        let Some(wanted) = &self.language else {
            return true;
        };
        let spoken = board.guests.keys().map(String::as_str);
        let Some(language) = negotiate(wanted, spoken).map(str::to_owned) else {
            return false;
        };
        let own = |text: &mut String, texts: &BTreeMap<String, String>| {
            if let Some(said) = texts.get(&language) {
                text.clone_from(said);
            }
        };
        own(&mut board.guest, &board.guests);
        for item in &mut board.items {
            own(&mut item.text, &item.texts);
        }
        true
    }
}
