# 默認規則集的繁體中文措辭：每條規則一條消息，以規則 id 為名。變量見 en.ftl。

### 卡片用語

Guest = { $guest_title ->
    [mr] { $family }先生
    [ms] { $family }女士
    [mrs] { $family }女士
    [miss] { $family }小姐
    [dr] { $family }博士
    [prof] { $family }教授
   *[other] { $name }
}
Guest-unknown = 客人
Room = { $number }房
Room-unknown = 客房
# 一段文字裏的幾個值。
Several = { $before }、{ $next }
# 只用於本次入住的文字；句號隨後補上。
This-stay = { $text }（僅限本次入住）
# 另一部門未按時確認的文字；`$department` 為其 id。
Escalated = { $department ->
    [floor] 客房部
    [front_desk] 前台
    [guest_relations] 賓客關係部
    [dining] 餐廳
    [kitchen] 廚房
    [bar] 酒吧
    [spa] 水療
    [duty_manager] 值班經理
   *[other] { $department }
}尚未確認：{ $text }

### 安全：一律顯示，絕不省略

food-allergy-table = 為{ $guest }上菜不得含{ $allergy-food }：過敏。
food-allergy-room = { $room }的水果、甜點和迷你吧不放{ $allergy-food }：過敏。
material-allergy-room = { $guest }到店前清走{ $room }的{ $allergy-material }：過敏。
material-allergy-spa = 為{ $guest }服務時不用{ $allergy-material }：過敏。
surroundings-allergy = 為{ $guest }排除{ $room }的{ $allergy-environment }：過敏。
no-medicine = 勿給{ $guest }任何藥品藥膏；請聯繫賓客關係部和醫生。
medicine-briefing = 告知每位為{ $guest }診治的醫生：{ $allergy-medicine }過敏。
tell-nobody = 勿向任何人透露{ $guest }住在這裏；查詢一律轉值班經理。
name-on-board-only = 只用此卡上的姓名；證件和郵件請問賓客關係部。
protection-briefing = 與{ $guest }商定誰可知道本次入住：{ $privacy-no_information }。
needed-notes-only = 只記錄今天服務{ $guest }所需的內容。

### 前台：房間

facing-and-floor = 安排{ $guest }住{ $room-floor }樓{ $room-facing }的房間。
facing = 安排{ $guest }住{ $room-facing }的房間。
floor-number = 安排{ $guest }住{ $room-floor }樓的房間。
floor-level = 安排{ $guest }住{ $room-floor_level }的房間。
ask-facing = 詢問{ $guest }喜歡哪種房間：{ $room-facing }。
bed = 為{ $guest }預留{ $room-bed_type }的房間。
ask-bed = 詢問{ $guest }要哪種床：{ $room-bed_type }。
smoking = 為{ $guest }預留{ $room-smoking }。
place-on-floor = 按位置為{ $guest }選房：{ $room-location }。
place-avoided = 為{ $guest }選房時避開：{ $room-location }。
view = 安排{ $guest }住可看{ $room-view }的房間。
known-room = 如{ $room-favourite }房空着，留給{ $guest }。
known-room-avoided = 為{ $guest }另選房間，避開{ $room-favourite }房。
bathroom = 為{ $guest }預留有{ $amenity-bathroom }的房間。
lucky-number = 為{ $guest }選帶{ $communication-lucky_number }的房號或鑰匙牌。
unlucky-number = { $guest }的房號和樓層避開{ $communication-unlucky_number }。
step-free-room = 安排{ $guest }住近電梯、無台階、平地淋浴的房間。

### 前台：到店與離店

registration = 為{ $guest }準備：{ $arrival-check_in }。
arrival-time = 提前備好{ $room }：{ $guest }通常{ $arrival-time }。
late-check-out = 主動提出為{ $guest }延遲退房。
express-check-out = 備好{ $guest }的賬單，以便快速退房。
invoice = 備好{ $guest }的賬單：{ $arrival-invoice }。
breakfast-to-go = 離店當天為{ $guest }打包早餐。
wake-up = 為{ $guest }安排{ $communication-wake_up }。
calls = 處理{ $guest }的來電留言：{ $privacy-messages }。
greeting-language = 用{ $communication-language }問候{ $guest }。
form-of-address = 按{ $guest }喜歡的方式稱呼：{ $communication-address }。
quiet-reception = 低聲接待{ $guest }，私下詢問可幫什麼忙。

### 接待客人的所有人：只說做什麼，不說為什麼

speak-clearly = 面對{ $guest }，把話說清楚。
say-who-you-are = 向{ $guest }報上姓名、說明路線，並提供大字資料。
way-without-steps = 扶{ $guest }一把，請先坐，走無台階的路。
seat-and-luggage = 立即請{ $guest }坐下，接過行李。
ask-before-treatment = 為{ $guest }安排護理前先問賓客關係部。
ask-before-exertion = 為{ $guest }安排餐食或運動前先問賓客關係部。
no-cameras = 勿讓鏡頭對着{ $guest }及同行者。

### 樓層：閱讀

trade-papers = 在{ $room }為{ $guest }擺好最新的內地廣告報刊。
advertising-papers = 在{ $room }為{ $guest }擺好最新的內地廣告報刊。
trade-and-reading = 在{ $room }為{ $guest }擺好最新的內地廣告報刊。
papers = 在{ $room }為{ $guest }擺放{ $reading-topic }讀物。
newspaper = 每天早上送{ $reading-newspaper }到{ $room }。

### 樓層：備房

flowers = 在{ $room }為{ $guest }擺放{ $amenity-flower }。
flowers-avoided = { $room }不擺{ $amenity-flower }。
bath-gel = 在{ $room }為{ $guest }擺放{ $amenity-bath_scent }沐浴露。
bath-gel-avoided = 撤走{ $room }的{ $amenity-bath_scent }沐浴露。
toiletries = 在{ $room }浴室為{ $guest }添上：{ $amenity-toiletries }。
towels = 安排{ $room }的毛巾：{ $amenity-towels }。
pillow = 為{ $guest }鋪床，配上{ $amenity-pillow }。
ask-pillow = 詢問{ $guest }是否需要{ $amenity-pillow }。
bedding = 為{ $guest }鋪床：{ $amenity-bedding }。
mattress = 為{ $guest }換上{ $room-bed_firmness }。
room-temperature = 為{ $guest }把室溫調到：{ $room-temperature }。
room-air = 在{ $room }為{ $guest }備好：{ $amenity-air }。
light = 在{ $room }為{ $guest }調好燈光：{ $room-lighting }。
arrangement = 為{ $guest }佈置{ $room }：{ $room-setup }。
slippers = 在{ $room }為{ $guest }擺好{ $amenity-slippers }。
bathrobe = 在{ $room }為{ $guest }掛好{ $amenity-robe }。
fruit = { $room }的果盤選{ $amenity-fruit }。
fruit-avoided = { $room }的果盤不放{ $amenity-fruit }。
welcome = 在{ $room }迎接{ $guest }，備好{ $amenity-welcome }。
welcome-none = 按{ $guest }的喜好，{ $room }不放迎賓品。
tea-in-room = 在{ $room }為{ $guest }備好{ $drink-tea }。
water-in-room = 在{ $room }為{ $guest }備好飲水：{ $drink-water }。
exercise = 在{ $room }為{ $guest }擺好{ $amenity-fitness }。
honeymoon-room = 把{ $room }佈置成蜜月房。

### 樓層：日常

make-up-time = 按此時間打掃{ $room }：{ $room-housekeeping_time }。
turndown = 安排{ $guest }的夜床：{ $room-turndown }。
leave-in-peace = 請勿打擾{ $guest }：{ $privacy-do_not_disturb }。
entering = 按{ $guest }的意願進{ $room }：{ $privacy-entry }。
sleep = 按{ $guest }的作息安排當天工作：{ $health-sleep }。
working-hours = 按{ $guest }的時間安排{ $room }的服務：{ $occupation-work_hours }。

### 所需：見到一次，當次即辦；下次提前備好

shoe-kit = 在{ $room }放一套擦鞋用具，送給{ $guest }留用。
shoes-wet = 今天把{ $guest }的鞋烘乾。
shoes-polish = 今晚主動為{ $guest }擦鞋。
shoes-repair = 主動提出為{ $guest }修鞋。
shoe-care-ready = 在{ $room }為{ $guest }備好：{ $amenity-shoe_care }。
laundry-now = 今天辦好{ $guest }的洗衣：{ $amenity-laundry }。
laundry-ready = { $guest }到店時主動提供：{ $amenity-laundry }。
appliance-now = 馬上送{ $amenity-appliance }到{ $room }。
appliance-ready = 在{ $room }為{ $guest }備好{ $amenity-appliance }。
work-kit-now = 馬上送{ $amenity-work_kit }到{ $room }。
work-kit-ready = 在{ $room }為{ $guest }備好{ $amenity-work_kit }。
comfort-aid-now = 馬上送{ $health-equipment }到{ $room }。
comfort-aid-ready = 在{ $room }為{ $guest }備好{ $health-equipment }。
children-now = 為孩子送{ $family-child_care }到{ $room }。
children-ready = 在{ $room }為孩子備好{ $family-child_care }。
high-chair = 在{ $guest }的餐桌旁放一把兒童餐椅。

### 餐飲：菜品

cuisine = { $guest }來用餐時推薦{ $dining-cuisine }。
cuisine-avoided = 向{ $guest }推薦{ $dining-cuisine }以外的菜。
condiment = 為{ $guest }備好{ $dining-condiment }。
dish = 向{ $guest }推薦曾經喜歡的{ $dining-dish }。
dish-doubtful = 給{ $guest }上{ $dining-dish }前先問一聲。
dish-avoided = 勿向{ $guest }推薦{ $dining-dish }；請另薦一道。
ingredient-wanted = 向{ $guest }推薦有{ $dining-ingredient }的菜。
ingredient-doubtful = 給{ $guest }上含{ $dining-ingredient }的菜前先問一聲。
ingredient-avoided = { $guest }的菜不放{ $dining-ingredient }。
taste = { $guest }的菜請調成：{ $dining-taste }。
taste-avoided = { $guest }的菜調味請避免：{ $dining-taste }。
diet = { $guest }的每一餐請按此安排：{ $dining-diet }。
diet-doubtful = 點菜前先問{ $guest }是否需要：{ $dining-diet }。
cooking = { $guest }的菜請這樣做：{ $dining-cooking }。
late-snack = 深夜為{ $guest }備好{ $dining-late_snack }。

### 餐飲：餐桌

table = 為{ $guest }留座：{ $dining-seating }。
breakfast = 為{ $guest }備好早餐：{ $dining-breakfast }。
breakfast-place = 安排{ $guest }的早餐：{ $dining-breakfast_place }。
meal-time = 準備好{ $guest }的{ $dining-meal_time }。
pace = 照顧{ $guest }的用餐節奏：{ $dining-meal_pace }。
portion = 給{ $guest }上{ $dining-portion }。
place-setting = 為{ $guest }擺好餐具：{ $dining-tableware }。
birthday-table = 到{ $guest }的餐桌送上生日祝福。
anniversary-table = 到{ $guest }的餐桌送上週年紀念祝福。

### 餐飲與酒吧：飲品

tea = 用餐時為{ $guest }奉上{ $drink-tea }。
coffee = 餐後為{ $guest }送上{ $drink-coffee }。
milk = { $guest }的咖啡和麥片配{ $drink-milk }。
wine = 為{ $guest }備好{ $drink-alcohol }。
without-alcohol = 向{ $guest }推薦無酒精飲品。
soft-drink = 為{ $guest }備好{ $drink-soft }。

### 禮賓

hobby = 為{ $guest }備好一個與{ $interest-hobby }有關的建議。
sport = 為{ $guest }找好{ $interest-sport }的時間和場地。
sights = { $guest }有空時推薦：{ $interest-sightseeing }。
shops = 向{ $guest }推薦一處購物：{ $interest-shopping }。
evening = 向{ $guest }推薦晚間去處：{ $interest-entertainment }。
music = 為{ $guest }選播{ $interest-music }。

### 水療

treatment = 為{ $guest }預留{ $interest-wellness }的時間。
massage-pressure = 為{ $guest }按摩用{ $health-massage_pressure }。

### 交通

way-here = 安排{ $guest }來店的行程：{ $arrival-transfer }。
car = 為{ $guest }備好用車：{ $arrival-vehicle }。
car-to-airport = 離店時主動為{ $guest }安排送機。
luggage = 照慣例處理{ $guest }的行李：{ $arrival-luggage }。

### 賓客關係

birthday-in-stay = 查看{ $guest }的生日（{ $family-birthday }）是否在住店期間。
manner = 告知服務{ $guest }的同事：{ $communication-manner }。
health-briefing = 私下與{ $guest }商定安排：{ $health-condition }。

# --- 按時提示 ---

see-the-room = 在{ $guest }到店前，親自查看{ $room }。
after-the-move = 詢問{ $guest }對{ $room }是否滿意。
another-week = 詢問{ $guest }這一週住得如何，還缺什麼。
birthday-today = 今天是{ $guest }的生日，送上祝賀。
anniversary-today = 今天是{ $guest }的結婚紀念日，送上祝賀。
thank-who-came-back = 致信{ $guest }：感謝再次光臨，並詢問住店感受。
